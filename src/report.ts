import { worst } from './judge.ts';
import type { DrillReport, History, Measure, Verdict } from './model.ts';

/** One drill as report.json holds it. `folder`: below the report, such as `drills/haproxy-patroni-stop-0`. */
export function drillReport(history: History, verdicts: readonly Verdict[], folder: string): DrillReport {
  const { id, name, scenario, seed, repetition } = history.drill;
  const { cluster, patroni, data, load, probe, strategyOptions } = scenario;
  const broken = brokenOff(history);
  return {
    id,
    scenario: name,
    strategy: scenario.strategy,
    app: scenario.app,
    faults: scenario.timeline.map(step => step.fault),
    seed,
    repetition,
    // What was broken off before its end is no pass, whatever could be measured until then.
    status: worst([...verdicts.map(verdict => verdict.status), ...(broken ? (['unknown'] as const) : [])]),
    summary: summary(verdicts, broken),
    versions: history.versions,
    settings: { cluster, patroni, data, load, probe, strategyOptions },
    startUp: history.facts('ready').map(({ value, toMs }) => ({ step: value, atMs: toMs })),
    phases: verdicts.find(verdict => verdict.phases)?.phases ?? [],
    verdicts,
    writeRate: writeRate(history),
    folder,
  };
}

/** Why the drill ended before its end, if it did. */
function brokenOff(history: History): string | undefined {
  const marks = history.facts('mark', 'drill').map(({ value }) => value);
  return marks.find(value => value.startsWith('stopped: '))?.slice('stopped: '.length);
}

/** What happened, in a sentence; before it, why it was broken off, or the worst verdict where there is one. */
function summary(verdicts: readonly Verdict[], broken: string | undefined): string {
  if (!verdicts.length) return 'Nothing was judged: there is no check.';
  const what = [outage(verdicts), fate(verdicts), splitBrain(verdicts)].filter(Boolean).join('; ');
  const sentence = what && `${what[0]!.toUpperCase()}${what.slice(1)}.`;
  const failed = verdicts.find(verdict => verdict.status === 'fail');
  const unknown = verdicts.find(verdict => verdict.status === 'unknown');
  const bad = failed
    ? `${failed.check} failed: ${failed.summary}.`
    : broken !== undefined
      ? `Broken off: ${broken}.`
      : unknown && `${unknown.check} cannot be told: ${unknown.doubts[0] ?? unknown.summary}.`;
  return [bad, sentence].filter(Boolean).join(' ');
}

function measureOf(verdicts: readonly Verdict[], name: string): Measure | undefined {
  return verdicts.find(verdict => name in verdict.measures)?.measures[name];
}

function outage(verdicts: readonly Verdict[]): string | undefined {
  const measure = measureOf(verdicts, 'writeOutageMs');
  if (measure === undefined || typeof measure === 'number') return undefined;
  const on = '(fresh connections)';
  const seconds = (ms: number) => (ms < 1_000 ? `${Math.ceil(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`);
  if (measure.upper === null)
    return `writes stopped for over ${seconds(measure.lower)} and had not come back ${on}`;
  if (measure.lower === 0) return `writes never stopped for more than ${seconds(measure.upper)} ${on}`;
  return `writes stopped for ${seconds(measure.upper)} ${on}`;
}

function fate(verdicts: readonly Verdict[]): string | undefined {
  const [lost, acknowledged] = [measureOf(verdicts, 'lost'), measureOf(verdicts, 'acknowledged')];
  if (lost === undefined) return 'whether anything that was acknowledged was lost is not known';
  return lost === 0
    ? 'nothing that was acknowledged was lost'
    : `${lost} of ${acknowledged} acknowledged writes were lost`;
}

function splitBrain(verdicts: readonly Verdict[]): string | undefined {
  const measure = measureOf(verdicts, 'splitBrainMs');
  if (measure === undefined || typeof measure === 'number' || measure.lower === 0) return undefined;
  return `an old primary went on acknowledging for ${((measure.upper ?? measure.lower) / 1_000).toFixed(1)} s after the promotion`;
}

/**
 * Acknowledged ledger writes by second: whole seconds only, counted from the injection (from the first due write when
 * nothing was injected), since a part of a second would look like a dip.
 */
function writeRate(history: History): DrillReport['writeRate'] {
  const { length, dueUs, outcome, answeredUs } = history.operations('ledger');
  if (length === 0) return { fromS: 0, perS: [] };
  let [firstUs, lastUs] = [dueUs[0]!, 0];
  for (const due of dueUs) {
    if (due < firstUs) firstUs = due;
    if (due > lastUs) lastUs = due;
  }
  const injected = history.facts('fault').filter(fact => fact.value.startsWith('injected'));
  const zeroUs = injected.length ? Math.min(...injected.map(fact => fact.fromMs)) * 1_000 : firstUs;
  const fromS = Math.ceil((firstUs - zeroUs) / 1e6);
  const seconds = Math.max(0, Math.floor((lastUs - zeroUs) / 1e6) - fromS);
  const perS = new Array<number>(seconds).fill(0);
  for (let row = 0; row < length; row++) {
    if (outcome[row] !== 0) continue;
    const second = Math.floor((answeredUs[row]! - zeroUs) / 1e6) - fromS;
    if (second >= 0 && second < seconds) perS[second]!++;
  }
  return { fromS: Object.is(fromS, -0) ? 0 : fromS, perS };
}
