import { describe, expect, test } from 'vitest';
import splitBrain from '../../src/checks/split-brain.ts';
import { judge } from '../../src/judge.ts';
import type { Fact, Measure } from '../../src/model.ts';
import { fact, failover, oldGoesOn, type Story, without } from '../histories/build.ts';

const measure = (story: Story) => splitBrain.measure(failover(story)).measures;
const status = (story: Story) => judge(failover(story), new Map([['split-brain', splitBrain]]))[0]!.status;
function bracket(found: Measure | undefined) {
  if (typeof found !== 'object' || found.upper === null)
    throw new Error(`expected a closed bracket, found ${found}`);
  return { lower: found.lower, upper: found.upper };
}

test('none when the old primary stops first', () => {
  expect(measure({})).toEqual({
    splitBrainMs: 0,
    acknowledgedByOld: 0,
    acknowledgedInOverlap: 0,
    twoPrimariesMs: 0,
  });
});

test('none when nobody is promoted', () => {
  expect(measure({ promotion: null })).toMatchObject({ splitBrainMs: 0, acknowledgedByOld: 0 });
});

describe('with overlap: both sides acknowledge', () => {
  const story: Story = { outages: { ledger: null }, operation: oldGoesOn(5_000) };
  test('the window runs from the promotion to the last old acknowledgement', () => {
    const { lower, upper } = bracket(measure(story).splitBrainMs);
    // Promoted between 1900 and 2000 ms, the last old acknowledgement at 4996.7 ms.
    expect(lower).toBe(2_995.2);
    expect(upper).toBe(3_096.7);
    expect(measure(story)).toMatchObject({ acknowledgedByOld: 600 });
    // The probes' first acknowledgement by the new side is at 3701 ms.
    expect(measure(story).acknowledgedInOverlap).toBe(259);
    expect(status(story)).toBe('fail');
  });
  test('is what a scenario may expect', () => {
    expect(status({ ...story, expect: { splitBrainMs: { min: 1 } } })).toBe('pass');
  });
});

test('without overlap: the old side acknowledges after the fork, and the new side serves nobody until it has stopped', () => {
  const story: Story = {
    outages: { ledger: { fromMs: 3_000, toMs: 4_000, by: 'refusal' } },
    operation: oldGoesOn(3_000),
  };
  expect(measure(story)).toMatchObject({ acknowledgedByOld: 200, acknowledgedInOverlap: 0 });
  expect(bracket(measure(story).splitBrainMs)).toEqual({ lower: 995.2, upper: 1_096.7 });
  expect(status(story)).toBe('fail');
});

test('an acknowledgement within the bracket of the promotion may be before it or after it', () => {
  const story: Story = { outages: { ledger: { fromMs: 1_950, toMs: 3_700, by: 'refusal' } } };
  expect(bracket(measure(story).splitBrainMs)).toEqual({ lower: 0, upper: 46.7 });
  expect(status(story)).toBe('unknown');
});

test("the new primary's first acknowledgement narrows what a slow observer saw", () => {
  const story: Story = {
    promotion: { fromMs: 1_900, toMs: 6_000 },
    outages: { ledger: null },
    operation: (stream, op) => {
      const old = oldGoesOn(5_000)(stream, op);
      return old?.outcome === 'ok' && stream.startsWith('probe') && op.dueUs >= 9_700_000
        ? { ...old, server: '198.18.0.12', timeline: 2 }
        : old;
    },
  };
  // The probe's acknowledgement at 3701 ms proves the fork; the observers saw it at 6000 ms only, until when the old
  // side acknowledges the ledger.
  expect(bracket(measure(story).splitBrainMs)).toEqual({ lower: 2_299.2, upper: 4_101.7 });
});

test('where no observer saw the promotion, acknowledgements on a higher timeline tell of it', () => {
  const unseen = (facts: Fact[]) =>
    facts.filter(f => !(f.subject === 'pg2' && (f.key === 'role' || f.key === 'timeline') && f.toMs > 6_000));
  const story: Story = { outages: { ledger: null }, operation: oldGoesOn(5_000), facts: unseen };
  const { lower, upper } = bracket(measure(story).splitBrainMs);
  expect(lower).toBeCloseTo(4_995.2 - 3_701, 3);
  expect(upper).toBeCloseTo(4_996.7, 3);
});

test('a promotion whose timeline nobody saw is known by the address', () => {
  const story: Story = { outages: { ledger: null }, operation: oldGoesOn(5_000), facts: without('timeline') };
  expect(measure(story)).toMatchObject({ acknowledgedByOld: 600 });
});

test('acknowledgements that do not say by whom are a doubt', () => {
  const story: Story = {
    operation: (stream, op) =>
      stream === 'ledger' && op.outcome === 'ok' ? { ...op, server: '', timeline: 0 } : op,
  };
  expect(splitBrain.measure(failover(story)).doubts).toEqual([expect.stringMatching(/did not say by whom/)]);
  expect(status(story)).toBe('unknown');
});

test('two machines that are not in recovery overlap by their brackets', () => {
  const story: Story = {
    facts: all => [...without('role', 'pg1', 'silent')(all), fact('role', 'pg1', 'primary', 2_500)],
  };
  // pg1 is a replica between 9900 and 10000 ms, pg2 is primary between 1900 and 2000 ms.
  expect(bracket(measure(story).twoPrimariesMs)).toEqual({ lower: 7_900, upper: 8_100 });
});

test('an old primary that says again that it is one was not promoted', () => {
  const story: Story = { facts: all => [...all, fact('role', 'pg1', 'primary', 9_500, 9_600)] };
  expect(measure(story)).toMatchObject({ splitBrainMs: 0 });
});
