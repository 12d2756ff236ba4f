import { expect, test } from 'vitest';
import { openLoop } from '../../src/clients/open-loop.ts';

const clock = () => {
  const zero = performance.now();
  return () => Math.trunc((performance.now() - zero) * 1000);
};
const hold = (ms: number) => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

test('every operation falls due once, in order, at its own time', async () => {
  const nowUs = clock();
  const seen: { n: number; dueUs: number; atUs: number }[] = [];
  const due = (n: number, dueUs: number) => seen.push({ n, dueUs, atUs: nowUs() });
  await openLoop({ everyUs: 5_000, nowUs, graceUs: 20_000, due }, AbortSignal.timeout(300));
  expect(seen.length).toBeGreaterThan(40);
  expect(seen.map(({ n }) => n)).toEqual(seen.map((_, index) => index));
  const startUs = seen[0]!.dueUs;
  for (const { n, dueUs, atUs } of seen) {
    expect(dueUs - startUs).toBe(n * 5_000);
    expect(atUs).toBeGreaterThanOrEqual(dueUs);
  }
});

test('a rate that does not divide a second does not drift', async () => {
  const nowUs = clock();
  const times: number[] = [];
  const due = (_: number, dueUs: number) => times.push(dueUs);
  await openLoop({ everyUs: 1e6 / 300, nowUs, graceUs: 20_000, due }, AbortSignal.timeout(400));
  expect(times.length).toBeGreaterThan(30);
  expect(times[30]! - times[0]!).toBe(100_000);
});

test('what came due during a stall is late, but for the first, and is told at once', async () => {
  const nowUs = clock();
  const stop = new AbortController();
  const late: boolean[] = [];
  let heldUpAt = 0;
  const due = (n: number, _: number, isLate: boolean) => {
    late.push(isLate);
    if (n === 5) {
      heldUpAt = late.length;
      hold(200);
    }
    if (n === 60) stop.abort();
  };
  await openLoop({ everyUs: 5_000, nowUs, graceUs: 20_000, due }, stop.signal);
  // 200 ms at 5 ms: forty came due; the first shows the stall, the last few are within the grace.
  const after = late.slice(heldUpAt);
  expect(after[0]).toBe(false);
  const lost = after.filter(isLate => isLate).length;
  expect(lost).toBeGreaterThanOrEqual(30);
  expect(lost).toBeLessThanOrEqual(40);
  expect(after.indexOf(true)).toBe(1);
  expect(late.slice(0, heldUpAt)).toEqual([false, false, false, false, false, false]);
});

test('an error of the caller ends it', async () => {
  const due = () => {
    throw new Error('the recording is full');
  };
  const loop = openLoop({ everyUs: 1_000, nowUs: clock(), graceUs: 0, due }, AbortSignal.timeout(5_000));
  await expect(loop).rejects.toThrow('the recording is full');
});
