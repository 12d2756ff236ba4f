import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLoop } from '../../src/clients/open-loop.ts';

// Time passes only when it is told to: on a busy machine a test's own stalls would be the loop's.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const nowUs = () => Math.trunc(performance.now() * 1000);
const hold = (ms: number) => vi.advanceTimersByTime(ms);

async function during(ms: number, options: Parameters<typeof openLoop>[0]): Promise<void> {
  const stop = new AbortController();
  const running = openLoop(options, stop.signal);
  await vi.advanceTimersByTimeAsync(ms);
  stop.abort();
  await running;
}

test('every operation falls due once, in order, at its own time', async () => {
  const seen: { n: number; dueUs: number; atUs: number }[] = [];
  const due = (n: number, dueUs: number) => seen.push({ n, dueUs, atUs: nowUs() });
  await during(300, { everyUs: 5_000, nowUs, graceUs: 20_000, due });
  expect(seen.map(({ n }) => n)).toEqual(Array.from({ length: 61 }, (_, n) => n));
  const startUs = seen[0]!.dueUs;
  for (const { n, dueUs, atUs } of seen) {
    expect(dueUs - startUs).toBe(n * 5_000);
    expect(atUs).toBeGreaterThanOrEqual(dueUs);
    expect(atUs - dueUs).toBeLessThan(2_000);
  }
});

test('a rate that does not divide a second does not drift', async () => {
  const times: number[] = [];
  const due = (_: number, dueUs: number) => times.push(dueUs);
  await during(1_000, { everyUs: 1e6 / 300, nowUs, graceUs: 20_000, due });
  expect(times[300]! - times[0]!).toBe(1_000_000);
});

test('what came due during a stall is late, but for the first, and is told at once', async () => {
  const late: boolean[] = [];
  let heldUpAt = 0;
  const due = (n: number, _: number, isLate: boolean) => {
    late.push(isLate);
    if (n !== 5) return;
    heldUpAt = late.length;
    hold(200);
  };
  await during(300, { everyUs: 5_000, nowUs, graceUs: 20_000, due });
  // 200 ms at 5 ms: forty came due in one waking, which began before the stall; the first after it shows how late it was,
  // and the last few are within the grace.
  const after = late.slice(heldUpAt);
  expect(late.slice(0, heldUpAt)).toEqual(Array.from({ length: 6 }, () => false));
  expect(after.indexOf(true)).toBe(1);
  const lost = after.filter(isLate => isLate).length;
  expect(lost).toBeGreaterThanOrEqual(34);
  expect(lost).toBeLessThanOrEqual(36);
  expect(after.slice(after.lastIndexOf(true) + 1)).not.toContain(true);
});

test('an error of the caller ends it', async () => {
  const due = () => {
    throw new Error('the recording is full');
  };
  const loop = openLoop({ everyUs: 1_000, nowUs, graceUs: 0, due }, new AbortController().signal);
  await expect(loop).rejects.toThrow('the recording is full');
});
