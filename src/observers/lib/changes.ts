import type { FactKey, Watch } from '../../model.ts';

export interface Observation {
  readonly subject: string;
  readonly key: FactKey;
  readonly value: string;
  /** When the question was sent. */
  readonly askedMs: number;
}

/**
 * For observers that ask again and again: tells a value only when it differs from the last of its key and subject. It
 * changed somewhere between the question before, which still met the old value, and this answer: that is its bracket.
 * @param quiet holds back a change that is of no interest, by its former and its new value and the time since it was told
 */
export function changes(
  { tell, nowMs }: Watch,
  quiet: (key: FactKey, before: string, now: string, sinceMs: number) => boolean = () => false,
): (seen: Observation) => void {
  const last = new Map<string, { value: string; askedMs: number; toldMs: number }>();
  return ({ subject, key, value, askedMs }) => {
    const name = `${key} ${subject}`;
    const before = last.get(name);
    const toMs = nowMs();
    if (before && (before.value === value || quiet(key, before.value, value, toMs - before.toldMs))) {
      before.askedMs = askedMs;
      return;
    }
    tell({ subject, key, value, fromMs: before?.askedMs ?? askedMs, toMs });
    last.set(name, { value, askedMs, toldMs: toMs });
  };
}
