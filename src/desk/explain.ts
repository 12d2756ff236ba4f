/**
 * An error and its causes as a person reads them, a line each. An error that the runtime threw at our own code is a
 * defect of ours: it is told with its stack.
 */
export function explain(error: unknown): string {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (let at = error; at !== undefined && !seen.has(at); at = at instanceof Error ? at.cause : undefined) {
    seen.add(at);
    const text = textOf(at);
    // A message that quotes its cause need not be followed by it.
    if (!lines.some(line => line.includes(text))) lines.push(lines.length ? `  because: ${text}` : text);
    if (at instanceof AggregateError) for (const each of at.errors) lines.push(`  - ${textOf(each)}`);
  }
  return lines.join('\n');
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const ours = [TypeError, ReferenceError, SyntaxError, RangeError].some(kind => error instanceof kind);
  return ours ? (error.stack ?? error.message) : error.message || error.name;
}
