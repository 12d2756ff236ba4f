import { describe, expect, test } from 'vitest';
import type { Batch } from '../../src/history/columns.ts';
import { Live } from '../../src/measure/live.ts';
import type { Stream } from '../../src/model.ts';

const old = '198.18.0.21';
const fresh = '198.18.0.22';

/** Acknowledgements of one server; of another outcome than `ok` when said so. */
function batch(atMs: readonly number[], server: string, outcome = 0): Batch {
  const zeros = atMs.map(() => 0);
  return {
    length: atMs.length,
    id: Uint32Array.from(zeros),
    writer: Uint16Array.from(zeros),
    dueUs: Uint32Array.from(zeros),
    sentUs: Uint32Array.from(zeros),
    answeredUs: Uint32Array.from(atMs, ms => ms * 1000),
    outcome: Uint8Array.from(atMs, () => outcome),
    server: Uint8Array.from(zeros),
    timeline: Uint16Array.from(zeros),
    flags: Uint8Array.from(zeros),
    code: Uint16Array.from(zeros),
    servers: [server],
    codes: [''],
  };
}
const every = (stepMs: number, fromMs: number, toMs: number) =>
  Array.from({ length: Math.floor((toMs - fromMs) / stepMs) + 1 }, (_, n) => fromMs + n * stepMs);

describe('recovered for 5 s', () => {
  const condition = { recoveredForS: 5 };
  const sinceMs = 10_000;
  /** Acknowledgements on fresh connections, each 20 ms in the spans given. */
  const recovered = (nowMs: number, ...spans: readonly (readonly [number, number])[]) => {
    const live = new Live();
    for (const [fromMs, toMs] of spans)
      live.batch('probe-write-fresh', batch(every(20, fromMs, toMs), fresh));
    return live.holds(condition, sinceMs, old, nowMs);
  };

  test('not while writes have never stopped', () => {
    expect(recovered(30_000, [0, 30_000])).toBe(false);
  });
  test('not during the outage', () => {
    expect(recovered(19_000, [0, 12_000])).toBe(false);
    expect(recovered(19_000)).toBe(false);
  });
  test('once writes have flowed for 5 s after they had stopped', () => {
    expect(recovered(24_900, [0, 12_000], [20_000, 24_900])).toBe(false);
    expect(recovered(25_000, [0, 12_000], [20_000, 25_000])).toBe(true);
  });
  test('also when they had stopped before the injection had returned', () => {
    expect(recovered(25_000, [0, 9_990], [20_000, 25_000])).toBe(true);
  });
  test('a gap too short for an outage is none', () => {
    expect(recovered(30_000, [0, 12_000], [12_400, 30_000])).toBe(false);
  });
  test('flapping starts the time anew', () => {
    const flaps = [
      [0, 12_000],
      [20_000, 24_000],
    ] as const;
    expect(recovered(26_000, ...flaps, [25_000, 26_000])).toBe(false);
    expect(recovered(29_900, ...flaps, [25_000, 29_900])).toBe(false);
    expect(recovered(30_000, ...flaps, [25_000, 30_000])).toBe(true);
  });
  test('not when writes have stopped again since', () => {
    expect(recovered(27_000, [0, 12_000], [20_000, 25_000])).toBe(false);
  });
  test('only acknowledgements on fresh connections count', () => {
    const live = new Live();
    live.batch('probe-write-fresh', batch(every(20, 0, 12_000), old));
    live.batch('probe-write-fresh', batch(every(20, 20_000, 25_000), fresh, 2)); // unknown
    live.batch('probe-write-held', batch(every(20, 20_000, 25_000), fresh));
    live.batch('ledger', batch(every(20, 20_000, 25_000), fresh));
    expect(live.holds(condition, sinceMs, old, 25_000)).toBe(false);
  });
});

describe('acknowledged by the old server', () => {
  const condition = { acknowledgedByOld: 3 };
  const sinceMs = 10_000;
  const holding = (...batches: readonly (readonly [Stream, Batch])[]) => {
    const live = new Live();
    for (const [stream, rows] of batches) live.batch(stream, rows);
    return live.holds(condition, sinceMs, old, 40_000);
  };

  test('nothing counts before another server has acknowledged a write', () => {
    expect(holding(['ledger', batch(every(10, 10_000, 20_000), old)])).toBe(false);
  });
  test('only what came after the other server was first', () => {
    const other = ['probe-write-fresh', batch([30_000], fresh)] as const;
    expect(holding(other, ['ledger', batch([29_000, 29_500, 29_900, 30_010, 30_020], old)])).toBe(false);
    expect(holding(other, ['ledger', batch([30_010, 30_020, 30_030], old)])).toBe(true);
  });
  test('in whatever order the batches come', () => {
    const later = ['ledger', batch([30_010, 30_020, 30_030], old)] as const;
    expect(holding(later, ['probe-write-fresh', batch([30_000], fresh)])).toBe(true);
    expect(holding(later, ['ledger', batch([30_000], fresh)])).toBe(true);
  });
  test('another server that led before the fault is not the new one', () => {
    expect(holding(['ledger', batch([9_000], fresh)], ['ledger', batch([30_010, 30_020, 30_030], old)])).toBe(
      false,
    );
  });
  test('an answer that does not say its server is nobody', () => {
    expect(
      holding(['probe-write-fresh', batch([30_000], '')], ['ledger', batch(every(1, 30_001, 30_010), old)]),
    ).toBe(false);
  });
});

test('writes a second count acknowledgements of the ledger in the last whole second that has arrived', () => {
  const live = new Live();
  live.batch('ledger', batch(every(5, 0, 5_000), old));
  live.batch('ledger', batch(every(5, 0, 5_000), old, 2));
  expect(live.writesPerS(5_000)).toBe(200);
  expect(live.writesPerS(60_000)).toBe(0);
});

test('the last word of a machine is what it is', () => {
  const live = new Live();
  const role = (subject: string, value: string) =>
    live.fact({ source: 'postgres', subject, key: 'role', value, fromMs: 0, toMs: 1 });
  role('pg1', 'primary');
  role('pg2', 'replica');
  expect(live.primaries(['pg1', 'pg2'])).toEqual(['pg1']);
  role('pg1', 'silent');
  role('pg2', 'primary');
  expect(live.primaries(['pg1', 'pg2'])).toEqual(['pg2']);
  expect(live.value('role', 'pg1')).toBe('silent');
  expect(live.value('role', 'pg3')).toBeUndefined();
});

test('loops of the leader are counted', () => {
  const live = new Live();
  for (const value of ['0/1', '0/2'])
    live.fact({ source: 'etcd', subject: 'cluster', key: 'loop', value, fromMs: 0, toMs: 1 });
  live.fact({ source: 'etcd', subject: 'cluster', key: 'leader', value: 'pg1', fromMs: 0, toMs: 1 });
  expect(live.loops).toBe(2);
});
