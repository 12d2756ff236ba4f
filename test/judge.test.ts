import { describe, expect, test } from 'vitest';
import { judge, unknownMeasures, within, worst } from '../src/judge.ts';
import type { Bound, Check, Finding, Measure, Status } from '../src/model.ts';
import { failover } from './histories/build.ts';

const finding = (changes: Partial<Finding> = {}): Finding => ({
  summary: 'seen',
  measures: {},
  evidence: [],
  doubts: [],
  ...changes,
});
const check = (measure: Check['measure'], changes: Partial<Check> = {}): Check => ({
  about: 'A check.',
  needs: [],
  measures: { ms: { max: 10 } },
  measure,
  ...changes,
});
const verdict = (one: Check, expected: Record<string, Bound> = {}) =>
  judge(failover({ expect: expected }), new Map([['one', one]]))[0]!;

test.each<[Measure | undefined, Bound, Status]>([
  [5, {}, 'pass'],
  [undefined, {}, 'pass'],
  [undefined, { max: 1 }, 'unknown'],
  [undefined, { min: 0 }, 'unknown'],
  [10, { max: 10 }, 'pass'],
  [10.1, { max: 10 }, 'fail'],
  [10, { min: 10 }, 'pass'],
  [9, { min: 10 }, 'fail'],
  [0, { min: 0, max: 0 }, 'pass'],
  [{ lower: 1, upper: 10 }, { max: 10 }, 'pass'],
  [{ lower: 9, upper: 11 }, { max: 10 }, 'unknown'],
  [{ lower: 11, upper: 12 }, { max: 10 }, 'fail'],
  [{ lower: 0, upper: 5 }, { min: 1 }, 'unknown'],
  [{ lower: 1, upper: 5 }, { min: 1 }, 'pass'],
  [{ lower: 0, upper: 0.5 }, { min: 1 }, 'fail'],
  [{ lower: 9, upper: 20 }, { min: 10, max: 19 }, 'unknown'],
  [{ lower: 1, upper: null }, { max: 10 }, 'fail'],
  [{ lower: 1, upper: null }, {}, 'fail'],
  [{ lower: 1, upper: null }, { min: 1 }, 'pass'],
  [{ lower: 1, upper: null }, { min: 2 }, 'unknown'],
])('%j within %j is %s', (measure, bound, status) => {
  expect(within(measure, bound)).toBe(status);
});

test('fail beats unknown, unknown beats pass, and nothing is unknown', () => {
  expect(worst(['pass', 'unknown', 'fail'])).toBe('fail');
  expect(worst(['pass', 'unknown', 'pass'])).toBe('unknown');
  expect(worst(['pass', 'pass'])).toBe('pass');
  expect(worst([])).toBe('unknown');
});

describe('judge', () => {
  test("applies the check's own bound, or the scenario's instead", () => {
    const one = check(() => finding({ measures: { ms: 11 } }));
    expect(verdict(one)).toMatchObject({ check: 'one', status: 'fail', bounds: { ms: { max: 10 } } });
    expect(verdict(one, { ms: { max: 20 } })).toMatchObject({ status: 'pass', bounds: { ms: { max: 20 } } });
    expect(verdict(one, { ms: {} })).toMatchObject({ status: 'pass', bounds: {} });
    expect(verdict(one, { other: { max: 0 } }).status).toBe('fail');
  });

  test('a doubt is unknown, and a failed bound is worse', () => {
    expect(verdict(check(() => finding({ measures: { ms: 1 }, doubts: ['why'] }))).status).toBe('unknown');
    expect(verdict(check(() => finding({ measures: { ms: 11 }, doubts: ['why'] }))).status).toBe('fail');
  });

  test('one open measure fails though another keeps its bound', () => {
    const one = check(() => finding({ measures: { ms: 1, open: { lower: 2, upper: null } } }), {
      measures: { ms: { max: 10 }, open: {} },
    });
    expect(verdict(one).status).toBe('fail');
  });

  test('a check that crashes is unknown and says why', () => {
    const crash = check(() => {
      throw new Error('no such column');
    });
    expect(verdict(crash)).toMatchObject({ status: 'unknown', doubts: ['one crashed: no such column'] });
  });

  test('what a check needs and the history lacks is named, and the check is not asked', () => {
    const asked = check(() => finding({ measures: { ms: 1 } }), {
      needs: ['fact:role', 'fact:weather', 'operations:ledger', 'operations:mail'],
    });
    expect(verdict(asked)).toMatchObject({
      status: 'unknown',
      measures: {},
      doubts: ['one needs fact:weather and operations:mail, which the history does not hold'],
    });
  });

  test('a measure that was not declared, or is no number, is a broken check', () => {
    expect(verdict(check(() => finding({ measures: { ms: 1, sm: 1 } })))).toMatchObject({
      status: 'unknown',
      doubts: [expect.stringMatching(/one is broken: it returned sm 1/)],
    });
    expect(verdict(check(() => finding({ measures: { ms: Number.NaN } }))).status).toBe('unknown');
    expect(
      verdict(check(() => finding({ measures: { ms: { lower: 0, upper: Number.POSITIVE_INFINITY } } })))
        .status,
    ).toBe('unknown');
  });

  test('a damaged recording makes a pass doubtful', () => {
    const one = check(() => finding({ measures: { ms: 1 } }));
    const history = failover({
      damage: ['operations-ledger.arrow has no end mark', 'facts.arrow is missing'],
    });
    expect(judge(history, new Map([['one', one]]))[0]).toMatchObject({
      status: 'unknown',
      doubts: ['the recording is damaged: operations-ledger.arrow has no end mark (and 1 more)'],
    });
  });
});

test('expected names that no check measures are told with the nearest', () => {
  const checks = new Map([['one', check(() => finding(), { measures: { writeOutageMs: {}, lost: {} } })]]);
  expect(unknownMeasures({ writeOutgeMs: { max: 1 }, lost: {}, zebra: {} }, checks)).toEqual([
    { name: 'writeOutgeMs', nearest: 'writeOutageMs' },
    { name: 'zebra', nearest: undefined },
  ]);
});
