import type { Bound, Check, Finding, History, Measure, Need, Status, Verdict } from './model.ts';
import { nearest } from './nearest.ts';

/**
 * The only place where pass, fail and unknown are decided. A check that crashes, that lacks what it needs, or that
 * looks at a damaged recording, is unknown: it proves nothing. The scenario's bound replaces the check's own.
 */
export function judge(history: History, checks: ReadonlyMap<string, Check>): Verdict[] {
  return [...checks].map(([name, check]) => {
    const finding = find(history, name, check);
    const bounds = Object.entries(check.measures).map(
      ([measure, own]) => [measure, history.drill.scenario.expect[measure] ?? own] as const,
    );
    const doubts = [...finding.doubts, ...damaged(history)];
    return {
      ...finding,
      check: name,
      doubts,
      status: worst([
        ...bounds.map(([measure, bound]) => within(finding.measures[measure], bound)),
        doubts.length ? 'unknown' : 'pass',
      ]),
      // A bound without ends bounds nothing, and is not worth telling.
      bounds: Object.fromEntries(bounds.filter(([, { min, max }]) => min !== undefined || max !== undefined)),
    };
  });
}

/**
 * Whether a measure keeps its bound: a bracket passes when it lies inside, fails when it lies outside, and is unknown
 * when it straddles. What is still open at the end has no upper end: it fails, unless only a minimum is asked.
 */
export function within(measure: Measure | undefined, { min, max }: Bound): Status {
  if (measure === undefined) return min === undefined && max === undefined ? 'pass' : 'unknown';
  const bracket = typeof measure === 'number' ? { lower: measure, upper: measure } : measure;
  const { lower, upper } = bracket;
  if (upper === null && (max !== undefined || min === undefined)) return 'fail';
  const [least, most] = [min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY];
  const highest = upper ?? Number.POSITIVE_INFINITY;
  if (lower > most || highest < least) return 'fail';
  return lower >= least && highest <= most ? 'pass' : 'unknown';
}

/** Fail beats unknown, unknown beats pass; of nothing, nothing is known. */
export function worst(statuses: Iterable<Status>): Status {
  const all = new Set(statuses);
  if (all.has('fail')) return 'fail';
  return all.has('unknown') || all.size === 0 ? 'unknown' : 'pass';
}

/** The names in a scenario's `expect` that no check measures, with the nearest one that some check does. */
export function unknownMeasures(
  expect: Readonly<Record<string, Bound>>,
  checks: ReadonlyMap<string, Check>,
): { readonly name: string; readonly nearest: string | undefined }[] {
  const known = new Set([...checks.values()].flatMap(check => Object.keys(check.measures)));
  return Object.keys(expect)
    .filter(name => !known.has(name))
    .map(name => ({ name, nearest: nearest(name, known) }));
}

function find(history: History, name: string, check: Check): Finding {
  const missing = check.needs.filter(need => !has(history, need));
  if (missing.length) {
    return nothing(`${name} needs ${missing.join(' and ')}, which the history does not hold`);
  }
  let finding: Finding;
  try {
    finding = check.measure(history);
  } catch (error) {
    return nothing(`${name} crashed: ${error instanceof Error ? error.message : error}`);
  }
  const wrong = Object.entries(finding.measures)
    .filter(([measure, value]) => !(measure in check.measures) || !isNumbers(value))
    .map(([measure, value]) => `${measure} ${JSON.stringify(value)}`);
  return wrong.length
    ? nothing(
        `${name} is broken: it returned ${wrong.join(', ')}, which it does not declare or which is no number`,
      )
    : finding;
}

/** One doubt, however many files are damaged. */
function damaged({ damage: [first, ...more] = [] }: History): string[] {
  return first
    ? [`the recording is damaged: ${first}${more.length ? ` (and ${more.length} more)` : ''}`]
    : [];
}

const nothing = (doubt: string): Finding => ({ summary: doubt, measures: {}, evidence: [], doubts: [doubt] });

function has(history: History, need: Need): boolean {
  const at = need.indexOf(':');
  const what = need.slice(at + 1);
  return need.startsWith('fact:') ? history.facts(what).length > 0 : history.operations(what).length > 0;
}

function isNumbers(measure: Measure): boolean {
  if (typeof measure === 'number') return Number.isFinite(measure);
  return Number.isFinite(measure.lower) && (measure.upper === null || Number.isFinite(measure.upper));
}
