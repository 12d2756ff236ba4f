import type { Bracket, Check, Finding, History, Measure, Scalar, Stream } from '../model.ts';
import { firstInjection, NO_INJECTION, watched } from './lib/faults.ts';
import { type Fork, forks, sideOf, writing } from './lib/fork.ts';
import { databases, nameOf } from './lib/roles.ts';
import { cannotTell, counted, duration, measured, toMicros } from './lib/words.ts';

const SHOWN = 10;

/**
 * It counts from the promotion, where the timelines part, and not only while both sides acknowledge: what the old side
 * acknowledges after the fork is not in the new one, even if the new one has not served anybody yet.
 */
export default {
  about: 'How long an old primary went on acknowledging writes after another machine had been promoted.',
  needs: ['fact:fault', 'fact:role', 'operations:ledger'],
  measures: {
    splitBrainMs: { max: 0 },
    acknowledgedByOld: {},
    acknowledgedInOverlap: {},
    twoPrimariesMs: {},
  },
  measure(history): Finding {
    const injection = firstInjection(history);
    if (!injection) return cannotTell(NO_INJECTION);
    const { endMs, doubts } = watched(history);
    const twoPrimariesMs = twoPrimaries(history, endMs);
    const after = forks(history, injection.fromMs).map(fork => acknowledgedAfter(history, fork));
    const worst = after.sort((a, b) => b.toMs - a.toMs || b.byOld - a.byOld)[0];
    if (!worst) {
      return {
        summary: 'no other machine was promoted',
        measures: { splitBrainMs: 0, acknowledgedByOld: 0, acknowledgedInOverlap: 0, twoPrimariesMs },
        evidence: [],
        doubts,
      };
    }
    const { fork, fromMs, toMs, byOld, inOverlap, untold, evidence } = worst;
    const splitBrainMs: Measure = toMs === 0 ? 0 : { lower: fromMs, upper: toMs };
    return {
      summary: summary(nameOf(history, fork.machine), worst),
      measures: { splitBrainMs, acknowledgedByOld: byOld, acknowledgedInOverlap: inOverlap, twoPrimariesMs },
      evidence,
      doubts: untold
        ? [...doubts, `${counted(untold, 'acknowledgement')} after the promotion did not say by whom`]
        : doubts,
    };
  },
} satisfies Check;

function summary(promoted: string, { fromMs, toMs, byOld, inOverlap }: After): string {
  if (toMs === 0) return `no old primary acknowledged a write after ${promoted} was promoted`;
  return byOld === 0
    ? `an old primary acknowledged a write at most ${duration(toMs)} after ${promoted} was promoted, or before`
    : `after ${promoted} was promoted, an old primary acknowledged ${counted(byOld, 'write')} for ${measured({ lower: fromMs, upper: toMs })}, ${inOverlap} of them while both did`;
}

interface After extends Bracket {
  readonly fork: Fork;
  /** Sent and acknowledged by the old side after the fork for certain. */
  readonly byOld: number;
  /** Of these, sent after the new side's first acknowledgement. */
  readonly inOverlap: number;
  /** Acknowledgements that told neither server nor timeline. */
  readonly untold: number;
  readonly evidence: readonly Readonly<Record<string, Scalar>>[];
}

/** What the old side acknowledged after a fork. `fromMs`: for so long for certain; `toMs`: at most. */
function acknowledgedAfter(history: History, fork: Fork): After {
  const firstNewUs = firstOfNew(history, fork);
  let [sentUs, answeredUs, byOld, inOverlap, untold] = [0, 0, 0, 0, 0];
  const evidence: Readonly<Record<string, Scalar>>[] = [];
  for (const stream of writing(history)) {
    const ops = history.operations(stream);
    const side = sideOf(history, fork, ops);
    for (let row = 0; row < ops.length; row++) {
      const answered = ops.answeredUs[row]!;
      if (ops.outcome[row] !== 0 || answered <= fork.fromMs * 1_000) continue;
      const by = side(row);
      if (by === 'not told') untold++;
      if (by !== 'old') continue;
      const sent = ops.sentUs[row]!;
      answeredUs = Math.max(answeredUs, answered);
      if (sent <= fork.toMs * 1_000) continue;
      sentUs = Math.max(sentUs, sent);
      byOld++;
      if (sent > firstNewUs) inOverlap++;
      if (evidence.length < SHOWN) evidence.push(witness(history, stream, row));
    }
  }
  return {
    fork,
    fromMs: toMicros(Math.max(0, sentUs / 1_000 - fork.toMs)),
    toMs: toMicros(Math.max(0, answeredUs / 1_000 - fork.fromMs)),
    byOld,
    inOverlap,
    untold,
    evidence,
  };
}

function firstOfNew(history: History, fork: Fork): number {
  let first = Number.POSITIVE_INFINITY;
  for (const stream of writing(history)) {
    const ops = history.operations(stream);
    const side = sideOf(history, fork, ops);
    for (let row = 0; row < ops.length; row++) {
      const answered = ops.answeredUs[row]!;
      if (ops.outcome[row] !== 0 || answered >= first || answered <= fork.fromMs * 1_000) continue;
      if (side(row) === 'new') first = answered;
    }
  }
  return first;
}

function witness(history: History, stream: Stream, row: number): Readonly<Record<string, Scalar>> {
  const ops = history.operations(stream);
  return {
    stream,
    id: ops.id[row]!,
    sentMs: ops.sentUs[row]! / 1_000,
    answeredMs: ops.answeredUs[row]! / 1_000,
    server: nameOf(history, ops.servers[ops.server[row]!]!),
    timeline: ops.timeline[row]!,
  };
}

/** The longest time in which two machines said that they were not in recovery, by the observers' brackets. */
function twoPrimaries(history: History, endMs: number): Measure {
  const spans = databases(history).map(name => spansAsPrimary(history, name, endMs));
  let [lower, upper] = [0, 0];
  spans.forEach((mine, i) => {
    for (const a of mine) {
      for (const b of spans.slice(i + 1).flat()) {
        lower = Math.max(
          lower,
          Math.min(a.certain.toMs, b.certain.toMs) - Math.max(a.certain.fromMs, b.certain.fromMs),
        );
        upper = Math.max(
          upper,
          Math.min(a.widest.toMs, b.widest.toMs) - Math.max(a.widest.fromMs, b.widest.fromMs),
        );
      }
    }
  });
  return upper === 0 ? 0 : { lower: toMicros(lower), upper: toMicros(upper) };
}

/** An observer may tell the same role again; only another one ends a span. */
function spansAsPrimary(history: History, name: string, endMs: number) {
  const facts = history.facts('role', name);
  return facts.flatMap((fact, i) => {
    if (fact.value !== 'primary' || facts[i - 1]?.value === 'primary') return [];
    const next = facts.slice(i).find(({ value }) => value !== 'primary');
    const [from, to] = [next?.fromMs ?? endMs, next?.toMs ?? endMs];
    return [{ certain: { fromMs: fact.toMs, toMs: from }, widest: { fromMs: fact.fromMs, toMs: to } }];
  });
}
