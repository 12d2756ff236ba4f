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
    const [ledger, ...probes] = shares(history, injection.fromMs);
    const doubts = [
      ...cluster(history, injection.fromMs),
      ...[ledger, ...probes]
        .filter(({ share }) => share < LEAST_SHARE)
        .map(({ stream, share }) => `${stream}: only ${percent(share)} of the writes were acknowledged`),
    ];
    const summary = `in the ${WINDOW_MS / 1_000} s before the fault`;
    return {
      summary: doubts.length
        ? `not well ${summary}: ${doubts.join('; ')}`
        : `well ${summary}: one primary, all replicas streaming, ${percent(ledger.share)} of the load acknowledged`,
      measures: {
        ledgerShareBefore: ledger.share,
        probeShareBefore: Math.min(...probes.map(({ share }) => share)),
      },
      evidence: [ledger, ...probes],
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

type Share = {
  readonly stream: Stream;
  /** Acknowledged in the window, by what was to be expected. */
  readonly share: number;
};

/**
 * Of the ledger and the fresh probe, by what the settings ask for. A held probe has one statement under way, so that on
 * a machine whose writes take longer than its tick it can serve a part of the ticks only, and its brackets are wider:
 * it is well when it serves what it sends, and sends a tenth of what falls due.
 */
function shares(history: History, injectedMs: number): readonly [Share, Share, Share] {
  const { load, probe } = history.drill.scenario;
  const share = (stream: Stream, expectedPerS: number) => {
    const { outcome, answeredUs } = history.operations(stream);
    const acknowledged = countIn(answeredUs, injectedMs, row => outcome[row] === 0);
    return { stream, share: acknowledged / ((expectedPerS * WINDOW_MS) / 1_000) };
  };
  const sentPerS = countIn(history.operations('probe-write-held').sentUs, injectedMs) / (WINDOW_MS / 1_000);
  return [
    share('ledger', load.writesPerS),
    share('probe-write-held', Math.max(sentPerS, 0.1 * (1_000 / probe.heldMs))),
    share('probe-write-fresh', 1_000 / probe.freshMs),
  ];
}

/** How many of the times lie in the window before the injection. */
function countIn(timesUs: Uint32Array, injectedMs: number, counts = (_row: number) => true): number {
  let count = 0;
  for (let row = 0; row < timesUs.length; row++) {
    const sinceMs = timesUs[row]! / 1_000 - injectedMs;
    if (sinceMs > -WINDOW_MS && sinceMs <= 0 && counts(row)) count++;
  }
  return count;
}
