import type { Check, Finding, History, Stream } from '../model.ts';
import { firstInjection, NO_INJECTION } from './lib/faults.ts';
import { databases, primariesAt, stateAt } from './lib/roles.ts';
import { cannotTell } from './lib/words.ts';

/** What is looked at before the injection. */
const WINDOW_MS = 2_000;
/** Of the operations that are due, so many are acknowledged in a drill that is well. */
const LEAST_SHARE = 0.9;

/** A broken drill must not look like a finding. */
export default {
  about:
    'Whether the cluster was well before the fault: one primary, all replicas streaming, the load acknowledged.',
  needs: ['fact:fault', 'fact:role', 'fact:streaming', 'operations:ledger'],
  measures: { ledgerShareBefore: {}, probeShareBefore: {} },
  measure(history): Finding {
    const injection = firstInjection(history);
    if (!injection) return cannotTell(NO_INJECTION);
    const { load, probe } = history.drill.scenario;
    const share = (stream: Stream, perS: number) =>
      acknowledgedShare(history, stream, perS, injection.fromMs);
    const ledger = share('ledger', load.writesPerS);
    const probes = [
      { stream: 'probe-write-held', share: share('probe-write-held', 1_000 / probe.heldMs) },
      { stream: 'probe-write-fresh', share: share('probe-write-fresh', 1_000 / probe.freshMs) },
    ];
    const doubts = [
      ...cluster(history, injection.fromMs),
      ...[{ stream: 'ledger', share: ledger }, ...probes]
        .filter(({ share }) => share < LEAST_SHARE)
        .map(({ stream, share }) => `${stream}: only ${percent(share)} of the writes due were acknowledged`),
    ];
    const summary = `in the ${WINDOW_MS / 1_000} s before the fault`;
    return {
      summary: doubts.length
        ? `not well ${summary}: ${doubts.join('; ')}`
        : `well ${summary}: one primary, all replicas streaming, ${percent(ledger)} of the load acknowledged`,
      measures: {
        ledgerShareBefore: ledger,
        probeShareBefore: Math.min(...probes.map(({ share }) => share)),
      },
      evidence: [{ stream: 'ledger', share: ledger }, ...probes],
      doubts,
    };
  },
} satisfies Check;

const percent = (share: number) => `${Math.round(share * 100)} %`;

function cluster(history: History, ms: number): string[] {
  const primaries = primariesAt(history, ms);
  if (primaries.length !== 1) {
    return [`expected one primary before the fault, found ${primaries.join(' and ') || 'none'}`];
  }
  return databases(history)
    .filter(name => name !== primaries[0] && !stateAt(history, 'streaming', name, ms))
    .map(name => `${name} was not streaming before the fault`);
}

/** Acknowledgements in the window, by those that the settings ask for. */
function acknowledgedShare(history: History, stream: Stream, perS: number, injectedMs: number): number {
  const { length, outcome, answeredUs } = history.operations(stream);
  const [fromUs, toUs] = [(injectedMs - WINDOW_MS) * 1_000, injectedMs * 1_000];
  let count = 0;
  for (let row = 0; row < length; row++) {
    if (outcome[row] === 0 && answeredUs[row]! > fromUs && answeredUs[row]! <= toUs) count++;
  }
  return count / ((perS * WINDOW_MS) / 1_000);
}
