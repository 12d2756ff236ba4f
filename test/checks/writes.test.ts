import { describe, expect, test } from 'vitest';
import { classify } from '../../src/checks/lib/ledger.ts';
import writes from '../../src/checks/writes.ts';
import { Columns } from '../../src/history/columns.ts';
import { judge } from '../../src/judge.ts';
import { type Fact, NEVER, type Operation, SYNC_WAIT_CANCELLED } from '../../src/model.ts';
import {
  fact,
  failover,
  INJECTED_MS,
  oldGoesOn,
  type Story,
  WATCHED_MS,
  without,
} from '../histories/build.ts';

const status = (story: Story) => judge(failover(story), new Map([['writes', writes]]))[0]!.status;
/** Changes the table of the final leader alone. */
const inLeader = (change: (ids: number[]) => number[]): NonNullable<Story['table']> => {
  return (node, ids) => (node === 'pg2' ? change(ids) : ids);
};
/** Changes one operation of the ledger. */
const one = (id: number, changes: Partial<Operation>): NonNullable<Story['operation']> => {
  return (stream, op) => (stream === 'ledger' && op.id === id ? { ...op, ...changes } : op);
};

test('an orderly failover keeps all', () => {
  const { measures, doubts, evidence, summary } = writes.measure(failover());
  expect({ measures, doubts, evidence }).toEqual({
    measures: {
      acknowledged: 3_320,
      kept: 3_320,
      lost: 0,
      lostWithWarning: 0,
      unknownKept: 1,
      unknownLost: 0,
      failedButApplied: 0,
      duplicated: 0,
      neverSent: 679,
    },
    doubts: [],
    evidence: [],
  });
  expect(summary).toBe("3320 writes acknowledged; nothing that was acknowledged was lost, by pg2's table");
});

describe('planted', () => {
  test('a lost write, which the struck machine still has', () => {
    const story = { table: inLeader(ids => ids.filter(id => id !== 990)) };
    const { measures, evidence } = writes.measure(failover(story));
    expect(measures).toMatchObject({ acknowledged: 3_320, kept: 3_319, lost: 1 });
    expect(evidence).toEqual([
      {
        class: 'lost',
        id: 990,
        outcome: 'ok',
        code: '',
        sentMs: 5_950.2,
        answeredMs: 5_951.7,
        server: 'pg1',
        timeline: 1,
        flags: 0,
        'on pg1': true,
        'on pg3': true,
      },
    ]);
    expect(status(story)).toBe('fail');
  });

  test('a lost write of a machine whose own disk was not read', () => {
    const { evidence } = writes.measure(
      failover({
        table: (node, ids) =>
          node === 'pg1' ? undefined : node === 'pg2' ? ids.filter(id => id !== 990) : [],
        facts: facts => [
          ...without('read', 'pg1')(facts),
          fact('read', 'pg1', 'not read: its disk was gone', WATCHED_MS + 100),
        ],
      }),
    );
    expect(evidence).toEqual([
      expect.objectContaining({ id: 990, 'on pg1': 'not read: its disk was gone', 'on pg3': false }),
    ]);
  });

  test('a duplicate', () => {
    const story = { table: inLeader(ids => [...ids, 17]) };
    const { measures, evidence } = writes.measure(failover(story));
    expect(measures).toMatchObject({ duplicated: 1, lost: 0, kept: 3_320 });
    expect(evidence).toEqual([expect.objectContaining({ class: 'duplicated', id: 17 })]);
    expect(status(story)).toBe('fail');
  });

  test('writes of which nothing is known, applied or not: neither is a loss', () => {
    const unknown = (stream: string, op: Operation): Operation =>
      stream === 'ledger' && op.id >= 100 && op.id < 110 ? { ...op, outcome: 'unknown', code: '57P01' } : op;
    const { measures } = writes.measure(failover({ operation: unknown }));
    expect(measures).toMatchObject({ acknowledged: 3_310, unknownKept: 6, unknownLost: 5, lost: 0 });
    expect(status({ operation: unknown })).toBe('pass');
  });

  test('a write that failed and was applied', () => {
    const story = {
      operation: one(100, { outcome: 'failed', code: '40001' }),
      table: inLeader(ids => [...ids, 100]),
    };
    const { measures, evidence } = writes.measure(failover(story));
    expect(measures).toMatchObject({ failedButApplied: 1, lost: 0 });
    expect(evidence).toEqual([
      expect.objectContaining({ class: 'failed but applied', id: 100, code: '40001' }),
    ]);
    expect(status(story)).toBe('fail');
  });

  test('a write that was never sent and stands there all the same', () => {
    const story = {
      operation: one(100, { outcome: 'failed', code: 'NOT_SENT', sentUs: NEVER, answeredUs: NEVER }),
      table: inLeader(ids => [...ids, 100]),
    };
    expect(writes.measure(failover(story)).measures).toMatchObject({ failedButApplied: 1, neverSent: 680 });
    expect(writes.measure(failover(story)).evidence).toEqual([
      expect.objectContaining({ id: 100, sentMs: 'never', answeredMs: 'never' }),
    ]);
  });

  test('a lost write whose acknowledgement came with a warning', () => {
    const { measures } = writes.measure(
      failover({
        operation: one(990, { flags: SYNC_WAIT_CANCELLED }),
        table: inLeader(ids => ids.filter(id => id !== 990 && id !== 991)),
      }),
    );
    expect(measures).toMatchObject({ lost: 2, lostWithWarning: 1 });
  });

  test('many losses: twenty are shown, and all are counted', () => {
    const { measures, evidence, summary } = writes.measure(
      failover({
        outages: { ledger: null },
        operation: oldGoesOn(5_000),
        table: inLeader(ids => ids.filter(id => id < 1_400 || id >= 2_000)),
      }),
    );
    expect(measures.lost).toBe(600);
    expect(evidence).toHaveLength(20);
    expect(summary).toMatch(/600 lost, by pg2's table \(20 of 600 shown\)/);
  });
});

describe('cannot be told when', () => {
  const doubts = (story: Story) => writes.measure(failover(story)).doubts;
  const facts = (change: (facts: Fact[]) => Fact[]): Story => ({ facts: change });

  test.each<[string, Story, RegExp]>([
    [
      'the reading broke off',
      facts(all => all.map(f => (f.key === 'read' ? { ...f, value: 'not read: ECONNRESET' } : f))),
      /pg2 was not read to the end: not read: ECONNRESET/,
    ],
    ['no reading is on record', facts(without('read')), /pg2 was not read to the end: no reading/],
    [
      'nobody leads',
      facts(all => [...all, fact('role', 'pg2', 'silent', 14_000)]),
      /nobody was primary at the end/,
    ],
    [
      'two lead on one timeline',
      facts(all => [...without('timeline')(all), fact('role', 'pg3', 'primary', 14_000)]),
      /pg2 and pg3 both were primary/,
    ],
    [
      'it was read too early',
      facts(all => all.map(f => (f.key === 'read' ? { ...f, fromMs: INJECTED_MS, toMs: INJECTED_MS } : f))),
      /before the last acknowledgement/,
    ],
    [
      'nothing was acknowledged',
      { operation: (_, op) => ({ ...op, outcome: 'unknown' }) },
      /no write was acknowledged/,
    ],
    [
      'rows stand there that nobody wrote',
      { table: inLeader(ids => [...ids, 9_999]) },
      /1 id in pg2's table stand in no recorded operation/,
    ],
  ])('%s', (_, story, doubt) => {
    expect(doubts(story)).toEqual([expect.stringMatching(doubt)]);
    expect(status(story)).toBe('unknown');
  });
});

test('a primary on an older timeline is not the final leader', () => {
  const story = { facts: (all: Fact[]) => [...all, fact('role', 'pg1', 'primary', 14_000)] };
  expect(writes.measure(failover(story))).toMatchObject({
    doubts: [],
    summary: expect.stringMatching(/pg2's table/),
  });
});

test('roles that are told while the drill is torn down do not count', () => {
  const story = { facts: (all: Fact[]) => [...all, fact('role', 'pg2', 'silent', WATCHED_MS + 2_000)] };
  expect(writes.measure(failover(story)).doubts).toEqual([]);
});

test('an id that was tried again is what it was in the end', () => {
  const columns = new Columns();
  const op: Operation = {
    id: 0,
    writer: 0,
    dueUs: 0,
    sentUs: 1,
    answeredUs: 2,
    outcome: 'unknown',
    code: '08006',
    server: '',
    timeline: 0,
    flags: 0,
  };
  columns.push(op);
  columns.push({ ...op, outcome: 'ok', code: '' });
  columns.push({ ...op, outcome: 'failed', code: '25006' });
  const stored = { length: 1, id: Uint32Array.of(0), copies: Uint16Array.of(2) };
  expect(classify(columns.take()!, stored, 9)).toMatchObject({
    acknowledged: 1,
    kept: 1,
    duplicated: 1,
    unknownKept: 0,
    failedButApplied: 0,
  });
});

test('a million ids take tens of milliseconds', () => {
  const columns = new Columns();
  const op: Operation = {
    id: 0,
    writer: 0,
    dueUs: 0,
    sentUs: 1,
    answeredUs: 2,
    outcome: 'ok',
    code: '',
    server: '',
    timeline: 0,
    flags: 0,
  };
  for (let id = 0; id < 1_000_000; id++) columns.push({ ...op, id });
  const ops = columns.take()!;
  const stored = { length: 999_999, id: ops.id.slice(1), copies: new Uint16Array(999_999).fill(1) };
  const before = performance.now();
  const { lost, kept, rows } = classify(ops, stored, 20);
  expect(performance.now() - before).toBeLessThan(1_000);
  expect({ lost, kept, rows }).toEqual({ lost: 1, kept: 999_999, rows: [{ class: 'lost', row: 0 }] });
});

test('ids that are not dense are refused instead of filling the memory', () => {
  const columns = new Columns();
  columns.push({
    id: 4_294_967_294,
    writer: 0,
    dueUs: 0,
    sentUs: 1,
    answeredUs: 2,
    outcome: 'ok',
    code: '',
    server: '',
    timeline: 0,
    flags: 0,
  });
  const none = { length: 0, id: new Uint32Array(), copies: new Uint16Array() };
  expect(() => classify(columns.take()!, none, 0)).toThrow(/expected dense ids from 0, found id 4294967294/);
});
