import { expect, test } from 'vitest';
import phases from '../../src/checks/phases.ts';
import type { Fact, Phase } from '../../src/model.ts';
import { fact, failover, type Story, without } from '../histories/build.ts';

const line = (story: Story = {}) => (phases.measure(failover(story)).phases ?? []).map(p => [p.name, p.atMs]);
const phase = (name: string, story: Story = {}): Phase | undefined =>
  phases.measure(failover(story)).phases?.find(p => p.name === name);

test('an orderly failover on one time line', () => {
  expect(line()).toEqual([
    ['fault', 0],
    ['last acknowledged write', 299],
    ['bitten', 400],
    ['leader key gone', 1_500],
    ['leader key taken', 1_600],
    ['promoted', 2_000],
    ['router switched', 3_600],
    ['first acknowledged write', 3_701],
    ['back to 95 %', 4_651.7],
    ['healed', 9_400],
    ['old primary streaming', 10_500],
    ['lag zero', 11_000],
  ]);
  expect(phases.measure(failover())).toMatchObject({
    doubts: [],
    measures: {
      promotedMs: { lower: 1_900, upper: 2_000 },
      routeSwitchedMs: { lower: 3_500, upper: 3_600 },
      backTo95Ms: { lower: 3_701, upper: 4_651.7 },
    },
  });
});

test('each says between which observations it happened, for what it waited, and what governs it', () => {
  expect(phase('promoted')).toEqual({
    name: 'promoted',
    atMs: 2_000,
    fromMs: 1_900,
    toMs: 2_000,
    waitedFor: 'PostgreSQL on pg2 to leave recovery',
    governedBy: expect.stringMatching(/maximum_lag_on_failover 1048576 bytes/),
  });
  for (const { waitedFor, governedBy, fromMs, toMs } of phases.measure(failover()).phases!) {
    expect(waitedFor).toMatch(/\w/);
    expect(governedBy).toMatch(/\w/);
    expect(fromMs).toBeLessThanOrEqual(toMs);
  }
});

test('without a failover there is no promotion, and the router may come back', () => {
  const names = line({ promotion: null }).map(([name]) => name);
  expect(names).toEqual([
    'fault',
    'last acknowledged write',
    'bitten',
    'router switched',
    'first acknowledged write',
    'back to 95 %',
    'healed',
  ]);
  expect(phases.measure(failover({ promotion: null }))).toMatchObject({
    doubts: [],
    summary: expect.stringMatching(/^haproxy: no failover, /),
  });
  expect(phases.measure(failover({ promotion: null })).measures).not.toHaveProperty('promotedMs');
});

test('without an outage there is no last and no first write', () => {
  const names = line({ outage: null, promotion: null, facts: without('route', 'router', '') }).map(
    ([name]) => name,
  );
  expect(names).toEqual(['fault', 'bitten', 'healed']);
});

test('a held connection that stays with the old primary does not hide the outage of fresh ones', () => {
  const held = { outages: { 'probe-write-held': null } };
  expect(phase('first acknowledged write', held)).toMatchObject({
    atMs: 3_704.5,
    waitedFor: expect.stringMatching(/fresh connections; held ones were served meanwhile/),
  });
});

test('gaps that were as long before the fault are no outage', () => {
  const busy: Story['operation'] = (_, op) =>
    op.dueUs % 500_000 < 120_000 ? { ...op, outcome: 'failed', code: 'NOT_SENT' } : op;
  expect(line({ outage: null, promotion: null, operation: busy }).map(([name]) => name)).not.toContain(
    'last acknowledged write',
  );
});

test('the router switches when it points at the new primary, be it beside the old one', () => {
  const both = (facts: Fact[]) => [
    ...facts.filter(f => f.key !== 'route'),
    fact('route', 'router', 'pg1', -5_000),
    fact('route', 'router', 'pg1 pg2', 2_900, 3_000),
    fact('route', 'router', 'pg2', 4_000, 4_100),
  ];
  expect(phase('router switched', { facts: both })).toMatchObject({ atMs: 3_000, fromMs: 2_900 });
});

test('an old primary that streamed for an instant only is not in step', () => {
  const instant = (facts: Fact[]) => [...facts, fact('streaming', 'pg1', '', 10_600)];
  expect(phase('old primary streaming', { facts: instant })).toBeUndefined();
  expect(phase('lag zero', { facts: instant })).toBeUndefined();
});

test('a rate that does not come back is absent', () => {
  const half: Story['operation'] = (stream, op) =>
    stream === 'ledger' && op.dueUs > 9_700_000 && op.id % 2
      ? { ...op, outcome: 'failed', code: '53300' }
      : op;
  expect(phase('back to 95 %', { operation: half })).toBeUndefined();
  expect(phases.measure(failover({ operation: half })).measures).not.toHaveProperty('backTo95Ms');
});

test('an outage that does not end has a last write and no first one', () => {
  const story: Story = { outage: { fromMs: 300, toMs: Number.POSITIVE_INFINITY, by: 'hang' } };
  expect(phase('last acknowledged write', story)?.atMs).toBe(299);
  expect(phase('first acknowledged write', story)).toBeUndefined();
});

test('a key that was released and one whose lease ran out are told apart', () => {
  expect(phase('leader key gone')?.governedBy).toMatch(/went before its lease \(ttl 30 s\) ran out/);
  // Renewed 4 s before the fault: it runs out 26 s after it.
  const late = (facts: Fact[]) => [
    ...facts.filter(f => f.key !== 'leader'),
    fact('leader', 'cluster', 'pg1', -5_000),
    fact('leader', 'cluster', '', 25_990, 26_000),
  ];
  expect(phase('leader key gone', { facts: late })).toMatchObject({
    atMs: 26_000,
    governedBy: "ttl 30 s, minus the lease's age at the fault, 4.0 s",
  });
  const renewed = (facts: Fact[]) => [...late(facts), fact('loop', 'cluster', '0/6000000', -3_900, -3_800)];
  expect(phase('leader key gone', { facts: renewed })?.governedBy).toMatch(/age at the fault, 3\.8 s/);
});

test('lag zero is no further behind than replicas were before the fault', () => {
  const behind = (facts: Fact[]) => [
    ...without('lag', 'pg1', '0')(facts),
    fact('lag', 'pg1', '120', 11_900, 12_000),
  ];
  expect(phase('lag zero', { facts: behind })).toBeUndefined();
  const loaded = (facts: Fact[]) => [...behind(facts), fact('lag', 'pg3', '150', -900)];
  expect(phase('lag zero', { facts: loaded })).toMatchObject({ atMs: 12_000 });
});

test('lag that was told before the old primary streamed is not its lag behind the new one', () => {
  const early = (facts: Fact[]) => [...facts, fact('lag', 'pg1', '0', 4_900, 5_000)];
  expect(phase('lag zero', { facts: early })).toMatchObject({ atMs: 11_000 });
});

test('faults that are several have their names on the time line', () => {
  const twice = (facts: Fact[]) => [
    ...facts,
    fact('fault', 'pg3', 'injected node-kill', 5_000, 5_100),
    fact('fault', 'pg3', 'bitten node-kill', 5_100, 5_200),
  ];
  expect(line({ facts: twice })).toEqual(
    expect.arrayContaining([
      ['fault: patroni-stop on pg1', 0],
      ['fault: node-kill on pg3', 5_000],
      ['bitten: node-kill on pg3', 5_200],
      ['healed: patroni-stop on pg1', 9_400],
    ]),
  );
});
