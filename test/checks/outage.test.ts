import { describe, expect, test } from 'vitest';
import readOutage from '../../src/checks/read-outage.ts';
import writeOutage from '../../src/checks/write-outage.ts';
import type { Measure } from '../../src/model.ts';
import { failover, INJECTED_MS, type Outage, stall, WATCHED_MS, without } from '../histories/build.ts';

function bracket(measure: Measure | undefined): { lower: number; upper: number | null } {
  if (measure === undefined || typeof measure === 'number')
    throw new Error(`expected a bracket, found ${measure}`);
  return measure;
}

/** Both probes tick: what is certain may fall short of the truth by a tick, and what is possible exceed it by a tick. */
const ticks = { writeOutageMs: 20, heldWriteOutageMs: 2 } as const;

describe.each(['refusal', 'hang', 'not sent'] as const)('an outage by %s', by => {
  test.each([
    { fromMs: 300, toMs: 3_700 },
    { fromMs: 7, toMs: 450 },
    { fromMs: 1_234, toMs: 14_321 },
  ])('of $fromMs to $toMs ms is bracketed within a tick', ({ fromMs, toMs }) => {
    const { measures, doubts } = writeOutage.measure(failover({ outage: { fromMs, toMs, by } }));
    expect(doubts).toEqual([]);
    for (const [name, tick] of Object.entries(ticks)) {
      const { lower, upper } = bracket(measures[name]);
      const truth = toMs - fromMs;
      expect(lower).toBeLessThanOrEqual(truth);
      expect(lower).toBeGreaterThanOrEqual(truth - 2 * tick);
      expect(upper).toBeGreaterThanOrEqual(truth);
      expect(upper).toBeLessThanOrEqual(truth + 2 * tick + 5);
    }
  });

  test('that never ends is open, and counts to the end of the watching', () => {
    const outage: Outage = { fromMs: 300, toMs: Number.POSITIVE_INFINITY, by };
    const { measures, summary } = writeOutage.measure(failover({ outage }));
    for (const [name, tick] of Object.entries(ticks)) {
      const { lower, upper } = bracket(measures[name]);
      expect(upper).toBeNull();
      expect(lower).toBeLessThanOrEqual(WATCHED_MS - 300);
      expect(lower).toBeGreaterThanOrEqual(WATCHED_MS - 300 - 2 * tick);
    }
    expect(summary).toMatch(/on fresh connections for over 14\.7 s, still open at the end/);
  });
});

test('reads are measured by their own probes', () => {
  const outages = {
    'probe-write-fresh': null,
    'probe-write-held': null,
    'probe-read-held': { fromMs: 100, toMs: 900, by: 'hang' },
    'probe-read-fresh': { fromMs: 100, toMs: 2_100, by: 'refusal' },
  } as const;
  const { measures } = readOutage.measure(failover({ outages }));
  expect(bracket(measures.readOutageMs)).toEqual({ lower: 1_980, upper: 2_020.5 });
  expect(bracket(measures.heldReadOutageMs)).toEqual({ lower: 798, upper: 802.2 });
});

test('without an outage nothing is certain, and the longest gap is the upper end', () => {
  const { measures, summary } = writeOutage.measure(failover({ outage: null }));
  expect(measures.writeOutageMs).toEqual({ lower: 0, upper: 21 });
  expect(measures.heldWriteOutageMs).toEqual({ lower: 0, upper: 2.7 });
  expect(summary).toMatch(
    /writes never stopped on fresh connections \(the longest gap was 21 ms, before the fault 20 ms\)/,
  );
});

test('one refused connection is not an outage of two ticks', () => {
  const { measures } = writeOutage.measure(
    failover({
      outage: null,
      operation: (stream, op) =>
        stream === 'probe-write-fresh' && op.id === 400 ? { ...op, outcome: 'failed', code: '53300' } : op,
    }),
  );
  expect(measures.writeOutageMs).toEqual({ lower: 0, upper: 41 });
});

test('an outage before the fault does not count', () => {
  const { measures } = writeOutage.measure(failover({ outage: { fromMs: -3_000, toMs: -500, by: 'hang' } }));
  expect(bracket(measures.writeOutageMs).upper).toBeLessThan(25);
});

test('an outage that spans the fault counts from its own beginning', () => {
  const { measures } = writeOutage.measure(failover({ outage: { fromMs: -500, toMs: 500, by: 'hang' } }));
  expect(bracket(measures.heldWriteOutageMs)).toEqual({ lower: 998, upper: 1_002.2 });
});

test('what goes wrong after the watching is the drill being torn down', () => {
  const history = failover({
    outage: null,
    facts: facts =>
      facts.map(f =>
        f.key === 'mark' ? { ...f, fromMs: INJECTED_MS + 8_000, toMs: INJECTED_MS + 8_000 } : f,
      ),
    operation: (_, op) =>
      op.dueUs > (INJECTED_MS + 8_010) * 1_000 ? { ...op, outcome: 'failed', code: 'ECONNREFUSED' } : op,
  });
  expect(bracket(writeOutage.measure(history).measures.heldWriteOutageMs)).toEqual({ lower: 0, upper: 2.7 });
});

test('who has waited no longer than is usual when the watching ends is no outage', () => {
  const history = failover({
    outage: null,
    operation: (stream, op) =>
      stream === 'probe-write-fresh' && op.dueUs >= (INJECTED_MS + WATCHED_MS) * 1_000 - 20_000
        ? { ...op, outcome: 'unknown', code: 'ABORTED' }
        : op,
    facts: facts =>
      facts.map(f => (f.value === 'watched' ? { ...f, fromMs: f.fromMs - 18, toMs: f.toMs - 18 } : f)),
  });
  expect(bracket(writeOutage.measure(history).measures.writeOutageMs).upper).toBe(21);
});

test('a hang at the end that is answered after the watching is closed by that answer', () => {
  const history = failover({
    outage: { fromMs: 7_000, toMs: 10_000, by: 'hang' },
    facts: facts =>
      facts.map(f =>
        f.key === 'mark' ? { ...f, fromMs: INJECTED_MS + 8_000, toMs: INJECTED_MS + 8_000 } : f,
      ),
  });
  const { lower, upper } = bracket(writeOutage.measure(history).measures.heldWriteOutageMs);
  expect(lower).toBe(998);
  expect(upper).toBe(3_002.2);
});

test('answers that are recorded out of order are put in order', () => {
  const story = failover();
  const expected = writeOutage.measure(story).measures;
  const shuffled = {
    ...story,
    operations: (stream: string) => {
      const { length, servers, codes, ...columns } = story.operations(stream);
      const reversed = Object.entries(columns).map(([name, column]) => [name, column.toReversed()]);
      return { length, servers, codes, ...Object.fromEntries(reversed) };
    },
  };
  expect(writeOutage.measure(shuffled).measures).toEqual(expected);
});

test('a drill whose probes never worked is a doubt and not an outage', () => {
  const { measures, doubts } = writeOutage.measure(
    failover({ operation: (_, op) => ({ ...op, outcome: 'failed', code: 'ECONNREFUSED' }) }),
  );
  expect(measures).toEqual({});
  expect(doubts).toHaveLength(2);
});

test('an outage whose end was not recorded is a doubt and not an open one', () => {
  const outage: Outage = { fromMs: 300, toMs: Number.POSITIVE_INFINITY, by: 'hang' };
  const { measures, doubts } = writeOutage.measure(failover({ outage, facts: without('mark') }));
  expect({ measures, doubts }).toEqual({ measures: {}, doubts: [expect.stringMatching(/broke off/)] });
});

test('a gap that is no longer than those before the fault is told as such', () => {
  const { summary } = writeOutage.measure(
    failover({
      outage: null,
      operation: (stream, op) =>
        stream.endsWith('-write-fresh') && [100, 101, 102, 103, 104, 400, 401].includes(op.id)
          ? { ...op, outcome: 'failed', code: '53300' }
          : op,
    }),
  );
  expect(summary).toMatch(
    /never stopped on fresh connections \(the longest gap was 61 ms, before the fault 120 ms\)/,
  );
});

test('without an injection there is nothing to measure', () => {
  expect(writeOutage.measure(failover({ facts: without('fault') }))).toMatchObject({
    measures: {},
    doubts: [expect.stringMatching(/no fault was injected/)],
  });
});

test('the edges stand in the evidence', () => {
  const { evidence } = writeOutage.measure(failover());
  expect(evidence).toContainEqual({
    stream: 'probe-write-held',
    edge: 'first acknowledged after',
    id: 4_350,
    sentMs: 9_700.3,
    answeredMs: 9_701,
    server: 'pg2',
    timeline: 2,
  });
});

test('a late instrument widens the bracket upwards', () => {
  const { measures } = writeOutage.measure(failover({ operation: stall(3_690, 3_740) }));
  expect(bracket(measures.heldWriteOutageMs).upper).toBeGreaterThan(3_440);
});
