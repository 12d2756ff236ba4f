import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ConnectOptions, connect, type SqlClient } from '../../src/clients/sql.ts';
import { createTables, writeLedger } from '../../src/clients/tables.ts';
import type { Batch } from '../../src/history/columns.ts';
import { startWorkload } from '../../src/measure/thread.ts';
import { NEVER, outcomes, type Stream, SYNC_WAIT_CANCELLED } from '../../src/model.ts';
import { startServer } from './server.ts';

// A server of its own, without a replica; nothing else writes to it.
const server = await startServer(AbortSignal.timeout(60_000));
const { host, port, login } = server;
afterAll(() => server[Symbol.asyncDispose]());
const options: ConnectOptions = { host, port, login, connectMs: 2_000, answerMs: 2_000, application: 'test' };
const signal = new AbortController().signal;

interface Row {
  readonly id: number;
  readonly dueUs: number;
  readonly sentUs: number;
  readonly answeredUs: number;
  readonly outcome: string;
  readonly code: string;
  readonly server: string;
  readonly timeline: number;
}

/** Runs a workload in its thread for as long as `meanwhile` takes. */
async function during(workload: string, meanwhile: () => Promise<unknown>) {
  const streams = new Map<Stream, Row[]>();
  const onBatch = (stream: Stream, batch: Batch) => {
    const rows = streams.get(stream) ?? [];
    streams.set(stream, rows);
    for (let n = 0; n < batch.length; n++) {
      rows.push({
        id: batch.id[n]!,
        dueUs: batch.dueUs[n]!,
        sentUs: batch.sentUs[n]!,
        answeredUs: batch.answeredUs[n]!,
        outcome: outcomes[batch.outcome[n]!]!,
        code: batch.codes[batch.code[n]!]!,
        server: batch.servers[batch.server[n]!]!,
        timeline: batch.timeline[n]!,
      });
    }
  };
  const errors: Error[] = [];
  const thread = startWorkload({
    workload,
    route: { kind: 'address', host, port },
    login,
    load: { writesPerS: 200, connections: 4, connectMs: 2_000, answerMs: 2_000 },
    probe: { heldMs: 2, freshMs: 20 },
    seed: 7,
    zeroNs: String(process.hrtime.bigint()),
    onBatch,
    onError: error => errors.push(error),
  });
  await meanwhile();
  const cpuS = await thread.cpuS();
  await thread.stop();
  expect(errors).toEqual([]);
  return { cpuS, rows: (stream: Stream) => streams.get(stream) ?? [] };
}

const count = (rows: readonly Row[], outcome: string) => rows.filter(row => row.outcome === outcome).length;

describe('against PostgreSQL', () => {
  let admin: SqlClient;
  const sessions = async (like: string) =>
    Number(
      (
        await admin.ask('SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE $1', [like])
      )[0]?.[0],
    );
  const stored = async () => (await admin.ask('SELECT id FROM ledger ORDER BY id')).map(([id]) => Number(id));

  beforeAll(async () => {
    admin = await connect(options, signal);
  });
  beforeEach(async () => {
    await admin.ask(`DROP TABLE IF EXISTS ledger; DROP TABLE IF EXISTS probe; ${createTables}`);
  });
  afterAll(() => admin?.close());

  test('the ledger: what was acknowledged is stored, once, with server and timeline', async () => {
    const { rows } = await during('ledger', () => sleep(2_000));
    const writes = rows('ledger');
    expect(writes.map(({ id }) => id).sort((a, b) => a - b)).toEqual(writes.map((_, index) => index));
    expect(count(writes, 'ok')).toBeGreaterThan(200);
    for (const { sentUs, answeredUs, dueUs, server, timeline } of writes.filter(
      row => row.outcome === 'ok',
    )) {
      expect(sentUs).toBeGreaterThanOrEqual(dueUs);
      expect(answeredUs).toBeGreaterThan(sentUs);
      expect(server).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(timeline).toBeGreaterThanOrEqual(1);
    }
    const acknowledged = writes.filter(row => row.outcome === 'ok').map(({ id }) => id);
    expect(await stored()).toEqual(acknowledged.sort((a, b) => a - b));
    await expect.poll(() => sessions('failover-drill%')).toBe(0);
  });

  test('the ledger: terminated sessions are unknown by 57P01 at the most, and it comes back', async () => {
    const { rows } = await during('ledger', async () => {
      await sleep(1_000);
      for (let n = 0; n < 10; n++) {
        await admin.ask(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'failover-drill ledger'",
        );
        await sleep(100);
      }
      await sleep(500);
    });
    const writes = rows('ledger');
    const ids = new Set(await stored());
    expect(writes.filter(row => row.outcome === 'ok' && !ids.has(row.id))).toEqual([]);
    expect(writes.filter(row => row.outcome === 'failed' && ids.has(row.id))).toEqual([]);
    const codes = new Set(writes.filter(row => row.outcome === 'unknown').map(row => row.code));
    expect([...codes].filter(code => !['57P01', 'ECONNRESET', 'EPIPE', 'EOF'].includes(code))).toEqual([]);
    expect(writes.at(-1)?.outcome).toBe('ok');
  });

  test('the ledger: a table that is locked makes writes unknown at the limit, and the rest not sent', async () => {
    const { rows } = await during('ledger', async () => {
      await sleep(1_000);
      await admin.ask('BEGIN');
      await admin.ask('LOCK TABLE ledger');
      await sleep(2_500);
      await admin.ask('COMMIT');
      await sleep(1_000);
    });
    const writes = rows('ledger');
    const silent = writes.filter(row => row.code === 'ETIMEDOUT');
    expect(silent).toHaveLength(4);
    expect(
      silent.every(row => row.outcome === 'unknown' && row.answeredUs === NEVER && row.sentUs !== NEVER),
    ).toBe(true);
    // Two seconds at 200 a second, less the four: nothing of it is fired afterwards.
    expect(writes.filter(row => row.code === 'NOT_SENT').length).toBeGreaterThan(380);
    expect(writes.at(-1)?.outcome).toBe('ok');
  });

  test('the probe: all four streams are answered at their pace, and no session is left', async () => {
    const { rows } = await during('probe', () => sleep(3_000));
    for (const [stream, least] of [
      ['probe-write-held', 500],
      ['probe-read-held', 500],
      ['probe-write-fresh', 80],
      ['probe-read-fresh', 80],
    ] as const) {
      const all = rows(stream);
      expect(all.map(({ id }) => id).sort((a, b) => a - b)).toEqual(all.map((_, index) => index));
      expect(count(all, 'ok')).toBeGreaterThan(least);
      expect(count(all, 'unknown')).toBe(0);
    }
    await expect.poll(() => sessions('failover-drill%')).toBe(0);
  });

  test('a statement that is not answered in time is unknown, and closes its connection', async () => {
    const client = await connect({ ...options, answerMs: 200 }, signal);
    const answer = await client.query({ text: 'SELECT pg_sleep(5)' });
    expect(answer).toMatchObject({ outcome: 'unknown', code: 'ETIMEDOUT' });
    await client.closed;
    expect(await client.query({ text: 'SELECT 1' })).toMatchObject({ outcome: 'failed', code: 'NOT_SENT' });
  });

  test('an error of the server is failed, and the connection goes on', async () => {
    await using client = await connect(options, signal);
    expect(await client.query({ text: 'SELECT 1/0' })).toMatchObject({ outcome: 'failed', code: '22012' });
    expect(await client.query({ name: 'one', text: 'SELECT $1::int' }, [1])).toMatchObject({ rows: [[1]] });
  });

  test('a wrong password is refused, and not shown', async () => {
    const failing = connect({ ...options, login: { ...login, password: 'Wrong-Horse-9' } }, signal);
    await expect(failing).rejects.toMatchObject({ code: '28P01' });
    await expect(failing).rejects.not.toThrow('Wrong-Horse-9');
  });

  test('a cancelled wait for the standby is acknowledged, and marked', async () => {
    await admin.ask("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    try {
      await admin.ask('SELECT pg_reload_conf()');
      await using client = await connect({ ...options, application: 'waiter' }, signal);
      const waiting = client.query(writeLedger, [1, 0]);
      const cancel = () =>
        admin.ask(
          "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'waiter' AND wait_event = 'SyncRep'",
        );
      await expect.poll(async () => (await cancel()).length, { interval: 20 }).toBe(1);
      expect(await waiting).toMatchObject({ outcome: 'ok', flags: SYNC_WAIT_CANCELLED });
    } finally {
      await admin.ask('ALTER SYSTEM RESET synchronous_standby_names');
      await admin.ask('SELECT pg_reload_conf()');
    }
    expect(await stored()).toEqual([1]);
  });

  test('a thread that cannot start says so', async () => {
    await expect(during('no-such-workload', () => sleep(500))).rejects.toThrow(
      "running the workload 'no-such-workload'",
    );
  });
});
