import type { Finding, History, Measure, Operations, Scalar, Stream } from '../../model.ts';
import { firstInjection, NO_INJECTION, watched } from './faults.ts';
import { isReal, longestOutage, type Outage } from './outage.ts';
import { nameOf } from './roles.ts';
import { cannotTell, counted, duration, measured, toMicros } from './words.ts';

export interface Probe {
  /** The measure's name. */
  readonly measure: string;
  readonly stream: Stream;
  /** The kind of connections, for sentences. */
  readonly on: string;
}

/** The longest outage that each probe saw, for one kind of operation (`write`, `read`). */
export function outageFinding(history: History, kind: string, probes: readonly Probe[]): Finding {
  const injection = firstInjection(history);
  if (!injection) return cannotTell(NO_INJECTION);
  const { endMs, doubts } = watched(history);
  const found = probes.map(probe => ({
    ...probe,
    outage: longestOutage([history.operations(probe.stream)], injection.fromMs, endMs),
  }));
  const unseen = found
    .filter(({ outage }) => !outage)
    .map(({ stream }) => `${stream}: nothing was acknowledged before the fault and after it`);
  // Where the recording broke off, an outage without an end is one whose end was not recorded.
  const seen = found.filter(
    (f): f is typeof f & { outage: Outage } =>
      f.outage !== undefined && !(doubts.length && f.outage.upper === null),
  );
  const sentences = seen.map(({ on, outage }) => sentence(on, outage));
  return {
    summary: sentences.length ? `${kind}s ${sentences.join(', ')}` : [...doubts, ...unseen].join('; '),
    measures: Object.fromEntries(seen.map(({ measure, outage }) => [measure, bracketOf(outage)])),
    evidence: seen.flatMap(({ stream, outage }) => edges(history, stream, outage)),
    doubts: [...doubts, ...unseen],
  };
}

/** An outage as a measure. */
export const bracketOf = ({ lower, upper }: Outage): Measure => ({
  lower: toMicros(lower),
  upper: upper && toMicros(upper),
});

function sentence(on: string, outage: Outage): string {
  if (!isReal(outage)) {
    return `never stopped ${on} (the longest gap was ${duration(outage.upper ?? 0)}, before the fault ${duration(outage.usualMs)})`;
  }
  return `stopped ${on} for ${measured(bracketOf(outage))} (${counted(outage.waited, 'operation')} refused, late or not sent)`;
}

function edges(history: History, stream: Stream, outage: Outage): Readonly<Record<string, Scalar>>[] {
  const row = (edge: string, { operations, row }: { operations: Operations; row: number }) => ({
    stream,
    edge,
    id: operations.id[row]!,
    sentMs: operations.sentUs[row]! / 1_000,
    answeredMs: operations.answeredUs[row]! / 1_000,
    server: nameOf(history, operations.servers[operations.server[row]!]!),
    timeline: operations.timeline[row]!,
  });
  return [
    row('last acknowledged before', outage.last),
    ...(outage.first ? [row('first acknowledged after', outage.first)] : []),
  ];
}
