import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CodedError } from '../../src/clients/outcome.ts';
import { type ConnectOptions, connect } from '../../src/clients/sql.ts';
import { type Manner, plant, refusing } from './planted.ts';

const login = { user: 'app', password: 'Correct-Horse-7', database: 'app' };
const limits = { login, connectMs: 150, answerMs: 150 };
const never = new AbortController().signal;

/** How an attempt failed, and after how long. */
async function failure(options: ConnectOptions, signal = never) {
  const fromMs = performance.now();
  const error = await connect(options, signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CodedError)) throw new Error('connecting: expected a CodedError', { cause: error });
  return { error, tookMs: performance.now() - fromMs };
}

test('nobody listens: refused at once', async () => {
  const at = await refusing();
  const { error, tookMs } = await failure({ ...limits, ...at });
  expect(error.code).toBe('ECONNREFUSED');
  expect(error.message).toContain(`connecting to 127.0.0.1:${at.port} as app: `);
  expect(tookMs).toBeLessThan(100);
});

test('accepted and silent: given up at the limit, and the socket is closed', async () => {
  await using planted = await plant('silent');
  const { error, tookMs } = await failure({ ...limits, host: planted.host, port: planted.port });
  expect(error.code).toBe('ETIMEDOUT');
  expect(error.message).toContain('no answer within 150 ms');
  expect(tookMs).toBeGreaterThan(140);
  expect(tookMs).toBeLessThan(600);
  await expect.poll(() => planted.open).toBe(0);
});

test.each<[Manner, string]>([
  ['closing', 'EOF'],
  ['resetting', 'ECONNRESET'],
  ['babbling', 'PROTOCOL'],
])('a peer that is %s: %s', async (manner, code) => {
  await using planted = await plant(manner);
  const { error } = await failure({ ...limits, host: planted.host, port: planted.port });
  expect(error.code).toBe(code);
  await expect.poll(() => planted.open).toBe(0);
});

test('the signal ends an attempt in the making', async () => {
  await using planted = await plant('silent');
  const drill = new AbortController();
  const failing = failure(
    { ...limits, connectMs: 10_000, host: planted.host, port: planted.port },
    drill.signal,
  );
  await expect.poll(() => planted.attempts.length).toBe(1);
  drill.abort();
  const { error, tookMs } = await failing;
  expect(error.code).toBe('ABORTED');
  expect(tookMs).toBeLessThan(2_000);
  await expect.poll(() => planted.open).toBe(0);
});

test('a signal that is aborted already dials nobody', async () => {
  await using planted = await plant('silent');
  const { error } = await failure({ ...limits, host: planted.host, port: planted.port }, AbortSignal.abort());
  expect(error.code).toBe('ABORTED');
  await sleep(50);
  expect(planted.attempts).toEqual([]);
});

test('leaves from the address it is given', async () => {
  await using planted = await plant('closing');
  const route = { kind: 'address', host: planted.host, port: planted.port } as const;
  await failure({ ...limits, route, from: '127.0.0.9' });
  expect(planted.attempts.map(attempt => attempt.from)).toEqual(['127.0.0.9']);
});

test('no error shows the password', async () => {
  await using planted = await plant('closing');
  const { error } = await failure({ ...limits, host: planted.host, port: planted.port });
  const { inspect } = await import('node:util');
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(login.password);
});
