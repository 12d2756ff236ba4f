import type { Bound, Options, Scenario, Step } from './model.ts';
import { whatThereIs } from './nearest.ts';
import { choose, type Optional, split } from './options.ts';
import { resolved } from './plan.ts';
import { problemsOf, type Shape } from './shape.ts';

/** The names that a scenario may use. */
export interface Vocabulary {
  readonly strategies: ReadonlyMap<string, Optional>;
  readonly apps: ReadonlyMap<string, Optional>;
  readonly faults: ReadonlyMap<string, Optional>;
  /** The measures of all checks. */
  readonly measures: readonly string[];
}

const whole = (min: number, max: number): Shape => ({ is: 'number', whole: true, min, max });
const number = (min: number, max: number): Shape => ({ is: 'number', min, max });
const text: Shape = { is: 'text' };
const flag: Shape = { is: 'flag' };
const any: Shape = { is: 'any' };
const dayMs = 86_400_000;

const step: Shape = {
  is: 'object',
  required: { atS: number(0, 3_000), forS: number(0.1, 3_000), fault: text },
  optional: {
    until: {
      is: 'object',
      optional: { recoveredForS: number(0.1, 3_000), acknowledgedByOld: whole(1, 10_000_000) },
      keys: 'exactly one',
    },
    on: {
      is: 'either',
      plain: { is: 'word', among: ['primary', 'replica', 'sync-standby', 'etcd-leader', 'router'] },
      object: { is: 'object', required: { node: text } },
    },
    options: { is: 'record', of: any },
  },
};
const anyNumber = number(-Number.MAX_VALUE, Number.MAX_VALUE);

/** The ranges of Patroni are its own minima, below which it adjusts a setting without a word. */
const scenarioShape: Shape = {
  is: 'object',
  required: {
    about: text,
    strategy: text,
    timeline: { is: 'list', of: step },
    // The recording counts microseconds in 32 bits, which end after 71 minutes.
    lastS: number(1, 3_000),
    expect: {
      is: 'record',
      of: { is: 'object', optional: { min: anyNumber, max: anyNumber }, keys: 'at least one' },
    },
  },
  optional: {
    strategyOptions: { is: 'record', of: any },
    app: text,
    cluster: { is: 'object', optional: { etcd: whole(1, 5), postgres: whole(2, 5), etcdBeside: flag } },
    patroni: {
      is: 'object',
      optional: {
        ttlS: whole(20, 3_000),
        loopWaitS: whole(1, 3_000),
        retryTimeoutS: whole(3, 3_000),
        maximumLagOnFailoverBytes: whole(0, Number.MAX_SAFE_INTEGER),
        mode: { is: 'word', among: ['async', 'sync', 'strict', 'quorum'] },
        failsafe: flag,
      },
    },
    data: { is: 'object', optional: { rows: whole(0, 10_000_000) } },
    load: {
      is: 'object',
      optional: {
        writesPerS: whole(1, 5_000),
        connections: whole(1, 64),
        connectMs: whole(10, dayMs),
        answerMs: whole(10, dayMs),
      },
    },
    // A timer falls behind for ever below 2 ms; a fresh connection costs the stack about 5 ms of processor time.
    probe: { is: 'object', optional: { heldMs: whole(2, 10_000), freshMs: whole(10, 10_000) } },
    tailS: number(0, 600),
  },
};

/** Whether a value is a scenario that can be run: every problem in a line, `path: expected WHAT, found WHAT`. */
export function problemsOfScenario(value: unknown, vocabulary: Vocabulary): string[] {
  const problems = problemsOf(scenarioShape, value, '');
  // What follows reads values that must have the right type first.
  if (problems.length) return problems;
  const scenario = value as Scenario;
  return [
    ...named('strategy', scenario.strategy, scenario.strategyOptions, vocabulary.strategies),
    ...named('app', scenario.app, undefined, vocabulary.apps),
    ...scenario.timeline.flatMap((item, index) =>
      named(`timeline[${index}].fault`, item.fault, item.options, vocabulary.faults),
    ),
    ...settings(scenario),
    ...scenario.timeline.flatMap((item, index) => timing(item, `timeline[${index}]`, scenario)),
    ...Object.entries(scenario.expect).flatMap(([name, bound]) =>
      expectation(name, bound, vocabulary.measures),
    ),
  ];
}

function named(
  path: string,
  word: string | undefined,
  given: Options | undefined,
  entries: ReadonlyMap<string, Optional>,
): readonly string[] {
  if (word === undefined) return [];
  const { name, variant } = split(word);
  const entry = entries.get(name);
  if (!entry)
    return [`${path}: expected a name that is known, found '${name}'; ${whatThereIs(name, entries.keys())}`];
  return choose(`${path}: '${word}'`, entry, variant, given ?? {}).problems;
}

function settings(scenario: Scenario): string[] {
  const { cluster, patroni } = resolved(scenario);
  const problems: string[] = [];
  const needsS = patroni.loopWaitS + 2 * patroni.retryTimeoutS;
  if (needsS > patroni.ttlS)
    problems.push(
      `patroni: expected loopWaitS + 2 * retryTimeoutS to be at most ttlS, found ${patroni.loopWaitS} + 2 * ${patroni.retryTimeoutS} = ${needsS} over ${patroni.ttlS}, which Patroni would change without a word; raise ttlS or lower the others`,
    );
  if (cluster.etcdBeside && cluster.etcd > cluster.postgres)
    problems.push(
      `cluster: expected at most as many etcd members as database machines when etcdBeside is true, found etcd ${cluster.etcd} and postgres ${cluster.postgres}`,
    );
  return problems;
}

function timing({ atS, forS, on }: Step, path: string, scenario: Scenario): string[] {
  const { patroni, lastS } = resolved(scenario);
  const problems: string[] = [];
  const endS = atS + patroni.loopWaitS + forS;
  if (endS > lastS)
    problems.push(
      `${path}: expected atS + patroni.loopWaitS + forS to be at most lastS (the seed delays a step by up to one loop), found ${atS} + ${patroni.loopWaitS} + ${forS} = ${endS} over ${lastS}; raise lastS`,
    );
  if (on === 'sync-standby' && patroni.mode === 'async')
    problems.push(
      `${path}.on: expected a target that exists, found 'sync-standby' under patroni.mode 'async'; choose mode sync, strict or quorum`,
    );
  return problems;
}

function expectation(name: string, { min, max }: Bound, measures: readonly string[]): string[] {
  if (!measures.includes(name))
    return [
      `expect.${name}: expected a measure that is known, found '${name}'; ${whatThereIs(name, measures)}`,
    ];
  return min !== undefined && max !== undefined && min > max
    ? [`expect.${name}: expected min to be at most max, found ${min} over ${max}`]
    : [];
}
