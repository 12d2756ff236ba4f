import type { Bracket, Fact, History } from '../../model.ts';
import { watched } from './faults.ts';

/** A machine became primary in another's place, or on a raised timeline. */
export interface Promotion extends Bracket {
  readonly machine: string;
  /** Undefined when it was never seen. */
  readonly timeline: number | undefined;
}

/** What held of a subject at a moment: its last fact by then. */
export function stateAt(history: History, key: Fact['key'], subject: string, ms: number): string | undefined {
  return history.facts(key, subject).findLast(fact => fact.toMs <= ms)?.value;
}

/** The machines that PostgreSQL runs on. */
export function databases(history: History): readonly string[] {
  return history.machines.filter(m => m.roles.includes('pg')).map(m => m.name);
}

/** The name of the machine that has the address, or the address itself. */
export function nameOf(history: History, address: string): string {
  return history.machines.find(m => m.address === address)?.name ?? address;
}

/** Who was primary at a moment; more than one if the facts say so. */
export function primariesAt(history: History, ms: number): readonly string[] {
  return databases(history).filter(name => stateAt(history, 'role', name, ms) === 'primary');
}

/**
 * The promotions after a moment, in order, as the observers saw them. A primary that comes back on an old timeline is
 * none: it was promoted before.
 */
export function promotions(history: History, afterMs: number): readonly Promotion[] {
  const before = primariesAt(history, afterMs);
  const been = new Set(before);
  const timelineOf = new Map(
    databases(history).map(name => [name, Number(stateAt(history, 'timeline', name, afterMs) ?? 0)]),
  );
  let current = Math.max(0, ...timelineOf.values());
  const roleOf = new Map<string, string>(before.map(name => [name, 'primary']));
  const found: Promotion[] = [];
  const facts = [...history.facts('role'), ...history.facts('timeline')]
    .filter(fact => fact.toMs > afterMs)
    .sort((a, b) => a.toMs - b.toMs);
  for (const { key, subject, value, fromMs, toMs } of facts) {
    if (key === 'role') roleOf.set(subject, value);
    else timelineOf.set(subject, Number(value));
    if (roleOf.get(subject) !== 'primary') continue;
    const timeline = timelineOf.get(subject) ?? 0;
    const last = found.at(-1);
    if (last?.machine === subject && last.timeline === undefined && timeline > current) {
      // Its role was told before its timeline.
      found[found.length - 1] = { ...last, timeline };
    } else if (timeline > current || !been.has(subject)) {
      found.push({ machine: subject, timeline: timeline > current ? timeline : undefined, fromMs, toMs });
    }
    been.add(subject);
    current = Math.max(current, timeline);
  }
  return found;
}

/**
 * Who led at the end: the primary of the highest timeline, or why there is none. The end is that of the watching or of
 * the reading back; what is seen later is the drill being torn down.
 */
export function finalLeader(
  history: History,
): { readonly name: string } | { readonly name: undefined; readonly doubt: string } {
  const read = history.facts('read').at(-1)?.toMs ?? 0;
  const endMs = Math.max(watched(history).endMs, read);
  const claims = primariesAt(history, endMs)
    .map(name => ({ name, timeline: Number(stateAt(history, 'timeline', name, endMs) ?? 0) }))
    .sort((a, b) => b.timeline - a.timeline);
  const [first, second] = claims;
  if (!first)
    return { name: undefined, doubt: 'nobody was primary at the end: there is no final leader to ask' };
  if (second?.timeline === first.timeline) {
    return {
      name: undefined,
      doubt: `${first.name} and ${second.name} both were primary at the end, on timeline ${first.timeline}: there is no final leader to ask`,
    };
  }
  return { name: first.name };
}
