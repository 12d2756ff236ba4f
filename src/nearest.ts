/** The nearest of some known words to one that was misspelt. Imports nothing. */

/**
 * Edits that turn `a` into `b`: insertions, deletions, substitutions and swaps of neighbours
 * (Damerau-Levenshtein, optimal string alignment).
 */
export function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let edits = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        edits = Math.min(edits, beforeLast[column - 2]! + 1);
      current.push(edits);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length]!;
}

/**
 * The candidate that was most likely meant, or undefined when none is near: a third of the word may be wrong.
 * A candidate that contains the word (`leader` in `etcd-leader`), or that the word contains, is near too.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    const edits = distance(lower, other);
    const inside =
      Math.min(lower.length, other.length) >= 3 && (other.includes(lower) || lower.includes(other));
    const near = inside || edits <= Math.ceil(Math.max(lower.length, other.length) / 3);
    if (near && (!best || edits < best.edits)) best = { candidate, edits };
  }
  return best?.candidate;
}

/** The tail of an error message: the nearest name when there is one, and all that there are. */
export function whatThereIs(word: string, candidates: Iterable<string>): string {
  const all = [...candidates];
  const near = nearest(word, all);
  const choice = all.length ? `there ${all.length === 1 ? 'is' : 'are'} ${all.join(', ')}` : 'there is none';
  return near === undefined ? choice : `did you mean '${near}'? ${choice}`;
}
