import { describe, expect, test } from 'vitest';
import { problemsOfScenario, type Vocabulary } from '../src/scenario.ts';

const vocabulary: Vocabulary = {
  strategies: new Map([
    ['haproxy', { options: { interMs: 3000, balance: 'first' }, variants: { 'sessions-kept': {} } }],
  ]),
  apps: new Map([['sql', {}]]),
  faults: new Map([['patroni-stop', { options: { graceS: 30 } }]]),
  measures: ['writeOutageMs', 'lost'],
};
const good = {
  about: 'A sample.',
  strategy: 'haproxy',
  timeline: [{ atS: 5, forS: 30, fault: 'patroni-stop', on: 'primary', until: { recoveredForS: 5 } }],
  lastS: 60,
  expect: { writeOutageMs: { max: 30_000 }, lost: { min: 0, max: 0 } },
};
const step = good.timeline[0]!;

test('a good scenario has no problem, with and without what may be left out', () => {
  expect(problemsOfScenario(good, vocabulary)).toEqual([]);
  const full = {
    ...good,
    strategy: 'haproxy:sessions-kept',
    strategyOptions: { interMs: 1000 },
    app: 'sql',
    cluster: { etcd: 3, postgres: 3, etcdBeside: true },
    patroni: { ttlS: 20, loopWaitS: 1, retryTimeoutS: 3, mode: 'strict', failsafe: true },
    data: { rows: 1000 },
    load: { writesPerS: 5000, connections: 64, connectMs: 100, answerMs: 100 },
    probe: { heldMs: 2, freshMs: 20 },
    timeline: [{ ...step, on: { node: 'pg1' }, options: { graceS: 5 }, until: { acknowledgedByOld: 200 } }],
    tailS: 0,
  };
  expect(problemsOfScenario(full, vocabulary)).toEqual([]);
});

/** What is changed, and the one line that must be said about it. */
const bad: [string, object, string][] = [
  [
    'an unknown key',
    { patrony: {} },
    "patrony: expected a key that is known, found 'patrony'; did you mean 'patroni'?",
  ],
  [
    'an unknown key below',
    { patroni: { ttl: 20 } },
    "patroni.ttl: expected a key that is known, found 'ttl'; did you mean 'ttlS'?",
  ],
  ['a wrong type', { lastS: '60' }, "lastS: expected a number from 1 to 3000, found the text '60'"],
  ['a missing key', { lastS: undefined }, 'lastS: expected a number from 1 to 3000, found undefined'],
  ['not a number at all', { lastS: Number.NaN }, 'lastS: expected a number from 1 to 3000, found NaN'],
  ['a drill too long', { lastS: 3_001 }, 'lastS: expected a number from 1 to 3000, found 3001'],
  [
    'ttl below its minimum',
    { patroni: { ttlS: 19 } },
    'patroni.ttlS: expected a whole number from 20 to 3000, found 19',
  ],
  [
    'no loop_wait',
    { patroni: { loopWaitS: 0 } },
    'patroni.loopWaitS: expected a whole number from 1 to 3000, found 0',
  ],
  [
    'half a second',
    { patroni: { loopWaitS: 1.5 } },
    'patroni.loopWaitS: expected a whole number from 1 to 3000, found 1.5',
  ],
  [
    'retry_timeout too low',
    { patroni: { retryTimeoutS: 2 } },
    'patroni.retryTimeoutS: expected a whole number from 3 to 3000, found 2',
  ],
  [
    'timings that Patroni would adjust',
    { patroni: { ttlS: 29 } },
    'patroni: expected loopWaitS + 2 * retryTimeoutS to be at most ttlS, found 10 + 2 * 10 = 30 over 29',
  ],
  [
    'an unknown mode',
    { patroni: { mode: 'sinc' } },
    "patroni.mode: expected a word that is known, found 'sinc'; did you mean 'sync'?",
  ],
  [
    'one database machine',
    { cluster: { postgres: 1 } },
    'cluster.postgres: expected a whole number from 2 to 5, found 1',
  ],
  [
    'six etcd members',
    { cluster: { etcd: 6 } },
    'cluster.etcd: expected a whole number from 1 to 5, found 6',
  ],
  [
    'etcd beside too few',
    { cluster: { etcdBeside: true, etcd: 5 } },
    'cluster: expected at most as many etcd members as database machines when etcdBeside is true, found etcd 5 and postgres 3',
  ],
  [
    'a flag that is a text',
    { cluster: { etcdBeside: 'yes' } },
    "cluster.etcdBeside: expected true or false, found the text 'yes'",
  ],
  [
    'too many writes',
    { load: { writesPerS: 5001 } },
    'load.writesPerS: expected a whole number from 1 to 5000, found 5001',
  ],
  [
    'no connection',
    { load: { connections: 0 } },
    'load.connections: expected a whole number from 1 to 64, found 0',
  ],
  [
    'an unknown strategy',
    { strategy: 'haproxi' },
    "strategy: expected a name that is known, found 'haproxi'; did you mean 'haproxy'?",
  ],
  [
    'a name that every object has',
    { strategy: 'constructor' },
    "strategy: expected a name that is known, found 'constructor'; there is haproxy",
  ],
  [
    'an unknown variant',
    { strategy: 'haproxy:session-kept' },
    "strategy: 'haproxy:session-kept': expected a variant that is known, found 'session-kept'; did you mean 'sessions-kept'?",
  ],
  [
    'an unknown option',
    { strategyOptions: { interMS: 1 } },
    "strategy: 'haproxy': expected an option that is known, found 'interMS'; did you mean 'interMs'?",
  ],
  [
    'an option of another type',
    { strategyOptions: { interMs: '1s' } },
    `strategy: 'haproxy': option 'interMs': expected a number like 3000, found "1s"`,
  ],
  [
    'an unknown app',
    { app: 'sqll' },
    "app: expected a name that is known, found 'sqll'; did you mean 'sql'?",
  ],
  [
    'an unknown fault',
    { timeline: [{ ...step, fault: 'patroni-stpo' }] },
    "timeline[0].fault: expected a name that is known, found 'patroni-stpo'; did you mean 'patroni-stop'?",
  ],
  [
    'an unknown option of a fault',
    { timeline: [{ ...step, options: { grace: 5 } }] },
    "timeline[0].fault: 'patroni-stop': expected an option that is known, found 'grace'; did you mean 'graceS'?",
  ],
  [
    'an unknown target',
    { timeline: [{ ...step, on: 'leader' }] },
    "timeline[0].on: expected a word that is known, found 'leader'; did you mean 'etcd-leader'?",
  ],
  [
    'a target that is no node',
    { timeline: [{ ...step, on: {} }] },
    'timeline[0].on.node: expected a text, found nothing',
  ],
  [
    'a target that cannot be',
    { timeline: [{ ...step, on: 'sync-standby' }] },
    "timeline[0].on: expected a target that exists, found 'sync-standby' under patroni.mode 'async'",
  ],
  ['no step', { timeline: [] }, 'timeline: expected a list with at least one item, found an empty list'],
  [
    'two conditions',
    { timeline: [{ ...step, until: { recoveredForS: 5, acknowledgedByOld: 2 } }] },
    'timeline[0].until: expected exactly one of recoveredForS, acknowledgedByOld, found recoveredForS, acknowledgedByOld',
  ],
  [
    'no condition',
    { timeline: [{ ...step, until: {} }] },
    'timeline[0].until: expected exactly one of recoveredForS, acknowledgedByOld, found none',
  ],
  [
    'a step that outlasts the drill',
    { timeline: [{ ...step, forS: 46 }] },
    'timeline[0]: expected atS + patroni.loopWaitS + forS to be at most lastS',
  ],
  [
    'an unknown measure',
    { expect: { writeOutage: { max: 1 } } },
    "expect.writeOutage: expected a measure that is known, found 'writeOutage'; did you mean 'writeOutageMs'?",
  ],
  [
    'a bound that is a number',
    { expect: { lost: 0 } },
    'expect.lost: expected an object with min, max, found 0',
  ],
  [
    'a bound that binds nothing',
    { expect: { lost: {} } },
    'expect.lost: expected at least one of min, max, found none',
  ],
  [
    'a bound upside down',
    { expect: { lost: { min: 2, max: 1 } } },
    'expect.lost: expected min to be at most max, found 2 over 1',
  ],
  ['no sentence', { about: ' ' }, 'about: expected a text, found an empty text'],
];
describe('one clear line for', () => {
  test.each(bad)('%s', (_what, change, line) => {
    const problems = problemsOfScenario({ ...good, ...change }, vocabulary);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(line);
    expect(problems[0]).not.toContain('\n');
  });
});

test('what is no scenario at all is one line too', () => {
  expect(problemsOfScenario(undefined, vocabulary)[0]).toMatch(
    /^expected an object with about, .*, found undefined$/,
  );
  expect(problemsOfScenario([], vocabulary)[0]).toMatch(/found an empty list$/);
});

test('all problems are told at once', () => {
  expect(problemsOfScenario({ ...good, strategy: 'x', app: 'y', lastS: 20 }, vocabulary)).toHaveLength(3);
});
