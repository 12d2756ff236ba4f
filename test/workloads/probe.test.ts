import { expect, test } from 'vitest';
import { NEVER, type Operation } from '../../src/model.ts';
import probe from '../../src/workloads/probe.ts';
import { plant, refusing } from '../clients/planted.ts';
import { benchAt, dense } from './bench.ts';

const by = (rows: readonly Operation[], code: string) => rows.filter(row => row.code === code);

test('refused: each fresh attempt says so at once, for its read and its write', async () => {
  const { host, port } = await refusing();
  const { bench, rows } = benchAt(host, port);
  await probe.drive(bench, probe.options, AbortSignal.timeout(500));
  for (const stream of ['probe-read-fresh', 'probe-write-fresh']) {
    const fresh = rows(stream);
    const refused = by(fresh, 'ECONNREFUSED');
    expect(dense(fresh)).toBe(true);
    expect(refused.length).toBeGreaterThan(15);
    for (const row of refused) {
      expect(row.outcome).toBe('failed');
      expect(row.sentUs).toBe(NEVER);
      expect(row.answeredUs).toBeGreaterThanOrEqual(row.dueUs);
      expect(row.answeredUs).not.toBe(NEVER);
    }
  }
  expect(rows('probe-read-fresh').map(({ dueUs }) => dueUs)).toEqual(
    rows('probe-write-fresh').map(({ dueUs }) => dueUs),
  );
});

test('held and without a connection: one row a tick and stream, not sent', async () => {
  const { host, port } = await refusing();
  const { bench, rows } = benchAt(host, port);
  await probe.drive(bench, probe.options, AbortSignal.timeout(500));
  for (const stream of ['probe-read-held', 'probe-write-held']) {
    const held = rows(stream);
    expect(dense(held)).toBe(true);
    expect(held.length).toBeGreaterThan(150);
    expect(by(held, 'NOT_SENT')).toHaveLength(held.length);
  }
});

test('silent: attempts go on at their pace and end at the limit, with as many open as allowed', async () => {
  await using planted = await plant('silent');
  const { bench, rows } = benchAt(planted.host, planted.port);
  await probe.drive(bench, { ...probe.options, outstanding: 5 }, AbortSignal.timeout(700));
  const fresh = rows('probe-write-fresh');
  expect(dense(fresh)).toBe(true);
  const silent = by(fresh, 'ETIMEDOUT');
  // Five at once, each for 200 ms: the tick of 20 ms finds no room half of the time.
  expect(silent.length).toBeGreaterThanOrEqual(8);
  expect(by(fresh, 'NOT_SENT').length).toBeGreaterThanOrEqual(8);
  expect(
    silent.every(row => row.outcome === 'failed' && row.sentUs === NEVER && row.answeredUs === NEVER),
  ).toBe(true);
  await expect.poll(() => planted.open).toBe(0);
});

test('accepted and closed: EOF, and nothing is left open', async () => {
  await using planted = await plant('closing');
  const { bench, rows } = benchAt(planted.host, planted.port);
  await probe.drive(bench, probe.options, AbortSignal.timeout(400));
  expect(by(rows('probe-read-fresh'), 'EOF').length).toBeGreaterThan(10);
  await expect.poll(() => planted.open).toBe(0);
});
