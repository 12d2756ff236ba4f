/** How measured values are said to a person, alike in every report. */
import type { Bound, DrillReport, Measure, Status, Verdict } from './model.ts';

/** `0 ms`, `830 ms`, `3.42 s`, `61.0 s`. */
export function duration(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1_000) return `${size < 10 ? trim(ms.toFixed(1)) : ms.toFixed(0)} ms`;
  return `${(ms / 1_000).toFixed(size < 10_000 ? 2 : 1)} s`;
}

/** One number in the unit that its name ends with. */
export function quantity(name: string, value: number): string {
  if (name.endsWith('Ms')) return duration(value);
  if (name.endsWith('S')) return `${value} s`;
  if (name.endsWith('Bytes')) return `${value} bytes`;
  if (name.endsWith('ShareOfCore')) return `${(value * 100).toFixed(0)} % of a core`;
  return Number.isInteger(value) ? String(value) : trim(value.toPrecision(4));
}

/** A bracket says between which two values the truth lies; an open one has not ended while it was watched. */
export function measured(name: string, measure: Measure): string {
  if (typeof measure === 'number') return quantity(name, measure);
  const lower = quantity(name, measure.lower);
  if (measure.upper === null) return `over ${lower}, still open at the end`;
  const upper = quantity(name, measure.upper);
  return lower === upper ? lower : `${lower} to ${upper}`;
}

/** `at most 30.0 s`; '' when anything goes. */
export function bounded(name: string, { min, max }: Bound): string {
  if (min !== undefined && max !== undefined)
    return min === max
      ? `exactly ${quantity(name, min)}`
      : `${quantity(name, min)} to ${quantity(name, max)}`;
  if (max !== undefined) return `at most ${quantity(name, max)}`;
  // No measure of ours is negative: the scenario says that it is counted and forbids nothing.
  if (min === 0) return 'any';
  return min !== undefined ? `at least ${quantity(name, min)}` : '';
}

/** Seconds on the drill's time line, `+3.4 s`, with the width of the bracket when it can be seen. */
export function moment(atMs: number): string {
  return `${atMs < 0 ? '-' : '+'}${(Math.abs(atMs) / 1_000).toFixed(Math.abs(atMs) < 10_000 ? 2 : 1)} s`;
}

/** Every measure that a verdict gave or was bound to give, in the order of the check. */
export function measureRows({ measures, bounds }: Verdict): { name: string; value: string; bound: string }[] {
  const names = new Set([...Object.keys(measures), ...Object.keys(bounds)]);
  return [...names].flatMap(name => {
    const measure = measures[name];
    const bound = bounded(name, bounds[name] ?? {});
    // A measure that did not come and that nobody asked for is no news.
    if (measure === undefined && !bound) return [];
    return [{ name, value: measure === undefined ? 'not measured' : measured(name, measure), bound }];
  });
}

/** Of the verdicts that are no pass, why; what several say is said once. */
export function reasons(verdicts: readonly Verdict[]): { verdict: Verdict; doubts: string[] }[] {
  const told = new Set<string>();
  return verdicts
    .filter(({ status }) => status !== 'pass')
    .map(verdict => {
      const doubts = verdict.doubts.filter(doubt => doubt !== verdict.summary && !told.has(doubt));
      for (const doubt of doubts) told.add(doubt);
      return { verdict, doubts };
    });
}

/** The measure of a name, from whichever check gave it. */
export function find(drill: DrillReport, name: string): Measure | undefined {
  for (const verdict of drill.verdicts)
    if (Object.hasOwn(verdict.measures, name)) return verdict.measures[name];
  return undefined;
}

/** As it is said in a table of many drills; '' when it was not measured. */
export function said(drill: DrillReport, name: string): string {
  const measure = find(drill, name);
  return measure === undefined ? '' : measured(name, measure);
}

/** How many drills ended in each way: `5 passed, 1 failed`. */
export function counted(drills: readonly { readonly status: Status }[]): string {
  const words: Record<Status, string> = { pass: 'passed', fail: 'failed', unknown: 'unknown' };
  const parts = (['pass', 'fail', 'unknown'] as const).flatMap(status => {
    const count = drills.filter(drill => drill.status === status).length;
    return count ? [`${count} ${words[status]}`] : [];
  });
  return parts.join(', ') || 'no drill was run';
}

/** `haproxy-node-kill #2` for the third repetition. */
export function title({ scenario, repetition }: Pick<DrillReport, 'scenario' | 'repetition'>): string {
  return `${scenario} #${repetition}`;
}

const trim = (decimal: string): string => (decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal);
