import { type Bracket, type History, NEVER, type Operations, type Stream } from '../../model.ts';
import { nameOf, promotions } from './roles.ts';

/** The streams in which writes are acknowledged. */
export const writing = (history: History): readonly Stream[] =>
  history.streams.filter(stream => stream === 'ledger' || stream.startsWith('probe-write'));

/** A moment from which two histories of the database may grow apart: a promotion. */
export interface Fork extends Bracket {
  /** The promoted machine, or its address if no observer saw it. */
  readonly machine: string;
  readonly timeline: number | undefined;
}

/**
 * The forks after the injection. The new primary's first acknowledgement narrows what the observers saw; where they
 * saw nothing, acknowledgements on a higher timeline alone tell that there was a fork, at some time since the injection.
 */
export function forks(history: History, injectedMs: number): readonly Fork[] {
  const answers = firstAnswers(history);
  const seen = promotions(history, injectedMs).map(({ machine, timeline: told, fromMs, toMs }) => {
    const timeline = told ?? timelineBy(history, machine, answers, injectedMs);
    const first = timeline === undefined ? undefined : answers.get(timeline);
    const answeredMs = first && first.answeredUs / 1_000;
    return {
      machine,
      timeline,
      fromMs: answeredMs === undefined ? fromMs : Math.min(fromMs, answeredMs),
      toMs: answeredMs === undefined ? toMs : Math.min(toMs, answeredMs),
    };
  });
  const known = new Set(seen.map(fork => fork.timeline));
  const unseen = [...answers]
    .filter(([timeline, { answeredUs }]) => !known.has(timeline) && answeredUs / 1_000 > injectedMs)
    .filter(([timeline]) => [...answers.keys()].some(other => other < timeline))
    .map(([timeline, { server, answeredUs }]) => ({
      machine: server,
      timeline,
      fromMs: injectedMs,
      toMs: answeredUs / 1_000,
    }));
  return [...seen, ...unseen].sort((a, b) => a.toMs - b.toMs);
}

type Answers = ReadonlyMap<number, { readonly server: string; readonly answeredUs: number }>;

/** The timeline on which a machine first acknowledged after the injection, for a promotion whose timeline nobody saw. */
function timelineBy(history: History, machine: string, answers: Answers, injectedMs: number) {
  const first = [...answers]
    .filter(
      ([, { server, answeredUs }]) => nameOf(history, server) === machine && answeredUs > injectedMs * 1_000,
    )
    .map(([timeline]) => timeline);
  return first.length ? Math.min(...first) : undefined;
}

/** The first acknowledged write on each timeline. */
function firstAnswers(history: History): Answers {
  const first = new Map<number, { server: string; answeredUs: number }>();
  for (const stream of writing(history)) {
    const ops = history.operations(stream);
    for (let row = 0; row < ops.length; row++) {
      const timeline = ops.timeline[row]!;
      if (ops.outcome[row] !== 0 || timeline === 0) continue;
      const answeredUs = ops.answeredUs[row]!;
      if (answeredUs < (first.get(timeline)?.answeredUs ?? NEVER)) {
        first.set(timeline, { server: ops.servers[ops.server[row]!]!, answeredUs });
      }
    }
  }
  return first;
}

/** By whom a write was acknowledged, seen from a fork. */
export type Side = 'old' | 'new' | 'not told';

/** Answers the side of an acknowledged row. The timeline decides; the address does where no timeline is known. */
export function sideOf(history: History, fork: Fork, ops: Operations): (row: number) => Side {
  const address = history.machines.find(m => m.name === fork.machine)?.address ?? fork.machine;
  return row => {
    const timeline = ops.timeline[row]!;
    if (timeline > 0 && fork.timeline !== undefined) return timeline < fork.timeline ? 'old' : 'new';
    const server = ops.servers[ops.server[row]!]!;
    return server === '' ? 'not told' : server === address ? 'new' : 'old';
  };
}
