import type { Bracket, History, Operations } from '../../model.ts';
import { isReal, longestOutage } from './outage.ts';
import type { Seen } from './phase.ts';

/** The rate that counts as back, by the rate before. */
const BACK = 0.95;
/** The rate is that of a sliding window, and the rate before that of at most so many windows. */
const WINDOW_MS = 1_000;
const WINDOWS_BEFORE = 5;

/**
 * What the clients saw is told by the fresh and the held write probe together, whichever was served first or last. A
 * held connection that stays with the old primary hides the outage of everybody else: then fresh connections tell it.
 */
function writesSeen(history: History, injectedMs: number, endMs: number) {
  const fresh = history.operations('probe-write-fresh');
  const held = history.operations('probe-write-held');
  const outageOf = (...streams: Operations[]) => {
    const outage = longestOutage(streams, injectedMs, endMs);
    return outage && isReal(outage) ? outage : undefined;
  };
  const [both, alone] = [outageOf(fresh, held), outageOf(fresh)];
  const hidden = alone && (!both || (both.upper !== null && alone.lower > 2 * both.upper));
  return hidden
    ? { outage: alone, by: 'fresh connections; held ones were served meanwhile' }
    : { outage: both, by: 'fresh and held connections together' };
}

/** The last and the first acknowledged write, and the rate's return. */
export function clientPhases(
  history: History,
  injectedMs: number,
  endMs: number,
  back: Bracket | undefined,
): Seen[] {
  const { outage, by } = writesSeen(history, injectedMs, endMs);
  if (!outage) return [];
  const { last, first } = outage;
  const phases: Seen[] = [
    {
      name: 'last acknowledged write',
      ...sentAndAnswered(last),
      waitedFor: `the fault to reach the connections (${by})`,
      governedBy: 'the fault itself',
    },
  ];
  if (!first) return phases;
  const { connectMs, answerMs } = history.drill.scenario.load;
  phases.push({
    name: 'first acknowledged write',
    ...sentAndAnswered(first),
    waitedFor: `a connection that leads to a primary (${by})`,
    governedBy: `the clients' limits: ${connectMs} ms to connect, ${answerMs} ms to answer`,
  });
  if (back) {
    phases.push({
      name: 'back to 95 %',
      ...back,
      waitedFor: `a whole second at ${BACK * 100} % of the load's rate before the fault`,
      governedBy: "the clients' reconnecting: their limits and pauses",
    });
  }
  return phases;
}

function sentAndAnswered({ operations, row }: { operations: Operations; row: number }): Bracket {
  return { fromMs: operations.sentUs[row]! / 1_000, toMs: operations.answeredUs[row]! / 1_000 };
}

/**
 * When a whole second held 95 % of the acknowledged ledger writes of a second before the fault. It happened within that
 * second, so that is the bracket. Undefined when there was no outage to come back from, or no coming back.
 */
export function rateBack(history: History, injectedMs: number, endMs: number): Bracket | undefined {
  const { outage } = writesSeen(history, injectedMs, endMs);
  if (!outage?.first) return undefined;
  const acks = answers(history.operations('ledger'));
  const before = rateBefore(acks, injectedMs);
  if (before === undefined) return undefined;
  const { toMs: againMs } = sentAndAnswered(outage.first);
  let tail = 0;
  for (let head = 0; head < acks.length; head++) {
    const atMs = acks[head]! / 1_000;
    while (acks[tail]! / 1_000 <= atMs - WINDOW_MS) tail++;
    if (atMs >= againMs && head - tail + 1 >= BACK * before)
      return { fromMs: Math.max(againMs, atMs - WINDOW_MS), toMs: atMs };
  }
  return undefined;
}

/** Acknowledged writes a window before the fault; undefined when there was no whole window. */
function rateBefore(acks: Uint32Array, injectedMs: number): number | undefined {
  const firstMs = (acks[0] ?? Number.POSITIVE_INFINITY) / 1_000;
  const windows = Math.min(WINDOWS_BEFORE, (injectedMs - firstMs) / WINDOW_MS);
  if (!(windows >= 1)) return undefined;
  const from = (injectedMs - windows * WINDOW_MS) * 1_000;
  return acks.filter(us => us > from && us <= injectedMs * 1_000).length / windows;
}

/** The times of the acknowledgements in order, in microseconds. */
function answers({ length, outcome, answeredUs }: Operations): Uint32Array {
  const times = new Uint32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) if (outcome[row] === 0) times[count++] = answeredUs[row]!;
  return times.subarray(0, count).sort();
}
