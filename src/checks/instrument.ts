import { type Check, type Finding, type History, NEVER, type Operations, type Stream } from '../model.ts';
import { firstInjection, NO_INJECTION, watched } from './lib/faults.ts';
import { isReal, longestOutage } from './lib/outage.ts';
import { cannotTell, duration, toMicros } from './lib/words.ts';

/** How near to an edge the instrument's stalls blur it. */
const NEAR_US = 500_000;
/** A drill is void when a stall near an edge exceeds this, or this share of the outage, whichever is more. */
const STALL_MS = 50;
const STALL_SHARE = 0.05;

/**
 * The held probes are sent the moment their tick fires, so that their lateness is the instrument's own. A fresh
 * connection's statement waits for the connection first; it is asked only where no held one was sent.
 */
export default {
  about: "The instrument's own lateness near the edges of the write outage, and its share of the machine.",
  needs: ['fact:fault', 'operations:probe-write-held', 'operations:probe-write-fresh'],
  measures: { latenessMs: {}, latenessP99Ms: {}, probeShareOfCore: {}, loadShareOfCore: {} },
  measure(history): Finding {
    const injection = firstInjection(history);
    if (!injection) return cannotTell(NO_INJECTION);
    const { endMs, doubts } = watched(history);
    const edges = (['probe-write-fresh', 'probe-write-held'] as const).flatMap(stream =>
      edgesOf(history, stream, injection.fromMs, endMs),
    );
    const near = edges.map(edge => ({ ...edge, latenessMs: latenessNear(history, edge) }));
    const told = near.flatMap(({ latenessMs }) => (latenessMs === undefined ? [] : [latenessMs]));
    const p99 = latenessP99Ms(history);
    const blind = near
      .filter(({ latenessMs }) => latenessMs === undefined)
      .map(({ stream, edge }) => `${stream}: no probe was sent within 500 ms of the ${edge} of the outage`);
    const stalled = near
      .filter(({ latenessMs = 0, limitMs }) => latenessMs > limitMs)
      .map(
        ({ stream, edge, latenessMs = 0, limitMs }) =>
          `${stream}: void, the instrument was ${duration(latenessMs)} late near the ${edge} of the outage (at most ${duration(limitMs)} would do)`,
      );
    const none = edges.length
      ? []
      : ['no write outage can be told: nothing was acknowledged before the fault'];
    return {
      summary: told.length
        ? `late by ${Math.max(...told).toFixed(1)} ms at most near the outage's edges${p99 === undefined ? '' : `, ${p99.toFixed(1)} ms in 99 of 100 over the drill`}`
        : 'its lateness near the outage is not known',
      measures: {
        ...(told.length && { latenessMs: Math.max(...told) }),
        ...(p99 !== undefined && { latenessP99Ms: p99 }),
        ...shares(history),
      },
      evidence: near.map(({ stream, edge, atUs, latenessMs = 'not known' }) => ({
        stream,
        edge,
        atMs: atUs / 1_000,
        latenessMs,
      })),
      doubts: [...doubts, ...none, ...blind, ...stalled, ...ended(history)],
    };
  },
} satisfies Check;

/** An observer that broke off left facts out. */
function ended(history: History): string[] {
  return history
    .facts('mark')
    .filter(fact => fact.value.startsWith('observer ended'))
    .map(fact => `${fact.source}: ${fact.value}`);
}

interface OutageEdge {
  readonly stream: Stream;
  readonly edge: 'beginning' | 'end';
  readonly atUs: number;
  readonly limitMs: number;
}

function edgesOf(history: History, stream: Stream, injectedMs: number, endMs: number): OutageEdge[] {
  const outage = longestOutage([history.operations(stream)], injectedMs, endMs);
  if (!outage) return [];
  // A gap that is as long as those before the fault is no outage, and cannot be blurred.
  const limitMs = isReal(outage)
    ? Math.max(STALL_MS, STALL_SHARE * (outage.upper ?? outage.lower))
    : Number.POSITIVE_INFINITY;
  const { last, first } = outage;
  return [
    { stream, edge: 'beginning', atUs: last.operations.answeredUs[last.row]!, limitMs },
    ...(first
      ? [{ stream, edge: 'end' as const, atUs: first.operations.answeredUs[first.row]!, limitMs }]
      : []),
  ];
}

const heldStreams = (history: History): readonly Operations[] => [
  history.operations('probe-write-held'),
  history.operations('probe-read-held'),
];

/** The greatest lateness of what was sent near a moment, in milliseconds; undefined when nothing was. */
function latenessNear(history: History, { atUs, edge }: OutageEdge): number | undefined {
  const held = heldStreams(history).flatMap(ops => latenesses(ops, atUs));
  if (held.length) return held.reduce((a, b) => Math.max(a, b)) / 1_000;
  // What was dialled after the outage, or answered before it, waited for nothing but the usual dialling.
  const fresh = history.operations('probe-write-fresh');
  const all = latenesses(fresh).sort((a, b) => a - b);
  const usual = all[Math.floor(all.length / 2)] ?? 0;
  const near = latenesses(fresh, atUs, row =>
    edge === 'end' ? fresh.dueUs[row]! >= atUs : fresh.outcome[row] === 0 && fresh.answeredUs[row]! <= atUs,
  );
  return near.length ? Math.max(0, near.reduce((a, b) => Math.max(a, b)) - usual) / 1_000 : undefined;
}

/** From the due time to the sending, in microseconds, of what was sent (near a moment). */
function latenesses(ops: Operations, nearUs?: number, counts = (_row: number) => true): number[] {
  const found: number[] = [];
  for (let row = 0; row < ops.length; row++) {
    const sent = ops.sentUs[row]!;
    if (sent === NEVER || (nearUs !== undefined && Math.abs(sent - nearUs) > NEAR_US) || !counts(row))
      continue;
    found.push(sent - ops.dueUs[row]!);
  }
  return found;
}

/** 99 of 100 held probes were sent within it of their due time; undefined when none was sent. */
function latenessP99Ms(history: History): number | undefined {
  const all = Uint32Array.from(heldStreams(history).flatMap(ops => latenesses(ops))).sort();
  return all.length ? all[Math.floor((all.length - 1) * 0.99)]! / 1_000 : undefined;
}

/** What the probes and the load cost, in cores, as far as it was measured. */
function shares(history: History): Record<string, number> {
  const last = (subject: string) => {
    const value = history.facts('cpu', subject).at(-1)?.value;
    return value === undefined || !Number.isFinite(Number(value)) ? undefined : Number(value);
  };
  const [load, both] = [last('load'), last('load and probe')];
  return {
    ...(load !== undefined && both !== undefined && { probeShareOfCore: toMicros(Math.max(0, both - load)) }),
    ...(load !== undefined && { loadShareOfCore: load }),
  };
}
