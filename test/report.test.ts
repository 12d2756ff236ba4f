import { expect, test } from 'vitest';
import { list } from '../src/catalog.ts';
import { judge } from '../src/judge.ts';
import type { History } from '../src/model.ts';
import { drillReport } from '../src/report.ts';
import { failover, oldGoesOn, type Story, without } from './histories/build.ts';

const checks = await list('checks');
const reportOf = (history: History) => drillReport(history, judge(history, checks), 'drills/imagined-0');
const report = (story: Story = {}) => reportOf(failover(story));

test('says what was drilled, how it began, and what came of it', () => {
  const { verdicts, phases, settings, writeRate, ...rest } = report();
  expect(rest).toEqual({
    id: 'd1',
    scenario: 'imagined',
    strategy: 'haproxy',
    app: 'sql',
    faults: ['patroni-stop'],
    seed: 1,
    repetition: 0,
    status: 'pass',
    summary: 'Writes stopped for 3.4 s (fresh connections); nothing that was acknowledged was lost.',
    versions: { postgresql: '17.6', patroni: '4.0.6' },
    startUp: [
      { step: 'network', atMs: 100 },
      { step: 'first write', atMs: 900 },
    ],
    folder: 'drills/imagined-0',
  });
  expect(verdicts.map(v => v.check)).toEqual([...checks.keys()]);
  expect(phases.map(p => p.name)).toContain('promoted');
  expect(settings.load.writesPerS).toBe(200);
});

test('the write rate is of whole seconds, counted from the injection', () => {
  expect(report().writeRate).toEqual({
    fromS: -5,
    perS: [200, 200, 200, 200, 200, 60, 0, 0, 60, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200],
  });
  expect(report({ facts: without('fault') }).writeRate).toMatchObject({ fromS: 0 });
});

test('a failure is told first, and the rest after it', () => {
  const { status, summary } = report({
    outages: { ledger: null },
    operation: oldGoesOn(5_000),
    table: (node, ids) => (node === 'pg2' ? ids.filter(id => id < 1_400 || id >= 2_000) : ids),
  });
  expect(status).toBe('fail');
  expect(summary).toMatch(
    /^split-brain failed: after pg2 was promoted, an old primary acknowledged 600 writes/,
  );
  expect(summary).toMatch(
    /600 of 4000 acknowledged writes were lost; an old primary went on acknowledging for 3\.1 s/,
  );
});

test('what cannot be told says why', () => {
  const { status, summary } = report({ table: () => undefined, facts: without('read') });
  expect(status).toBe('unknown');
  expect(summary).toMatch(/^writes cannot be told: the final leader pg2 was not read to the end/);
  expect(summary).toMatch(/whether anything that was acknowledged was lost is not known\.$/);
});

test('what was broken off is no pass, and says why it ended', () => {
  const whole = failover();
  const stopped = {
    source: 'run',
    subject: 'drill',
    key: 'mark',
    value: 'stopped: stopped by the user',
    fromMs: 9,
    toMs: 9,
  };
  const facts: History['facts'] = (key, subject) =>
    key === 'mark' ? [...whole.facts(key, subject), stopped] : whole.facts(key, subject);
  expect(reportOf({ ...whole, facts })).toMatchObject({
    status: 'unknown',
    summary: expect.stringMatching(/^Broken off: stopped by the user\. Writes stopped for 3\.4 s/),
  });
});

test('an outage that did not end, and one that was none', () => {
  const open = report({ outage: { fromMs: 300, toMs: Number.POSITIVE_INFINITY, by: 'refusal' } });
  expect(open).toMatchObject({
    status: 'fail',
    summary: expect.stringMatching(/Writes stopped for over 14\.7 s and had not come back/),
  });
  expect(report({ outage: null, promotion: null }).summary).toMatch(
    /^Writes never stopped for more than 21 ms/,
  );
});

test('a drill that recorded nothing has a report all the same', () => {
  const empty: History = {
    ...failover(),
    facts: () => [],
    streams: [],
    stored: () => undefined,
    read: [],
    operations: () => ({ ...failover().operations('nobody') }),
  };
  expect(reportOf(empty)).toMatchObject({
    status: 'unknown',
    phases: [],
    startUp: [],
    writeRate: { fromS: 0, perS: [] },
  });
  expect(drillReport(failover(), [], 'x')).toMatchObject({
    status: 'unknown',
    summary: expect.stringMatching(/no check/),
  });
});
