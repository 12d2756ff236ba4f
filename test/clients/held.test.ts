import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { backOff, HeldConnection, paced } from '../../src/clients/held.ts';
import { random } from '../../src/random.ts';
import { plant } from './planted.ts';

const login = { user: 'app', password: 'x', database: 'app' };

test('backing off: almost at once, then from 50 ms to a second', () => {
  const lowest = backOff(() => 0);
  const highest = backOff(() => 1);
  expect([0, 1, 2, 3, 4, 5, 6, 50].map(n => lowest(n, 0))).toEqual([0, 25, 50, 100, 200, 400, 500, 500]);
  expect([0, 1, 2, 3, 4, 5, 6, 50].map(n => highest(n, 0))).toEqual([20, 50, 100, 200, 400, 800, 1000, 1000]);
});

test('a peer that accepts and closes is not stormed', async () => {
  await using planted = await plant('closing');
  const stop = new AbortController();
  const options = { login, connectMs: 500, answerMs: 500, host: planted.host, port: planted.port };
  const held = new HeldConnection(options, backOff(random(1)), stop.signal);
  await held.tried;
  expect(held.free).toBeUndefined();
  await sleep(1_000);
  stop.abort();
  await held.close();
  // 50, 100, 200, 400, 800 ms, each spread over its upper half: five or six attempts in the first second.
  expect(planted.attempts.length).toBeGreaterThanOrEqual(4);
  expect(planted.attempts.length).toBeLessThanOrEqual(7);
});

test('an instrument asks again each 20 ms, and no sooner', async () => {
  await using planted = await plant('closing');
  const stop = new AbortController();
  const options = { login, connectMs: 500, answerMs: 500, host: planted.host, port: planted.port };
  const held = new HeldConnection(options, paced(20), stop.signal);
  await sleep(500);
  stop.abort();
  await held.close();
  expect(planted.attempts.length).toBeGreaterThan(10);
  expect(planted.attempts.length).toBeLessThanOrEqual(26);
});

test('closing ends an attempt that hangs', async () => {
  await using planted = await plant('silent');
  const options = { login, connectMs: 60_000, answerMs: 500, host: planted.host, port: planted.port };
  const held = new HeldConnection(options, paced(20), new AbortController().signal);
  await expect.poll(() => planted.open).toBe(1);
  await held.close();
  await expect.poll(() => planted.open).toBe(0);
});
