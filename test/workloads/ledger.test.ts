import { expect, test } from 'vitest';
import { NEVER } from '../../src/model.ts';
import ledger from '../../src/workloads/ledger.ts';
import { plant, refusing } from '../clients/planted.ts';
import { benchAt, dense } from './bench.ts';

test('with nobody to connect to every write falls due, and none is sent', async () => {
  const { host, port } = await refusing();
  const { bench, rows } = benchAt(host, port);
  await ledger.drive(bench, {}, AbortSignal.timeout(500));
  const writes = rows('ledger');
  expect(writes.length).toBeGreaterThan(60);
  expect(writes.length).toBeLessThanOrEqual(101);
  expect(dense(writes)).toBe(true);
  for (const { outcome, code, sentUs, answeredUs } of writes) {
    expect({ outcome, code, sentUs, answeredUs }).toEqual({
      outcome: 'failed',
      code: 'NOT_SENT',
      sentUs: NEVER,
      answeredUs: NEVER,
    });
  }
});

test('its connections are all given back when it ends', async () => {
  await using planted = await plant('silent');
  const { bench } = benchAt(planted.host, planted.port);
  await ledger.drive(bench, {}, AbortSignal.timeout(300));
  expect(planted.attempts.length).toBeGreaterThanOrEqual(4);
  await expect.poll(() => planted.open).toBe(0);
});
