import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { list } from '../../src/catalog.ts';
import { judge } from '../../src/judge.ts';
import type { History, Status } from '../../src/model.ts';
import { failover, without } from '../histories/build.ts';

const checks = await list('checks');
const statuses: readonly Status[] = ['pass', 'fail', 'unknown'];

async function golden(check: string, status: Status): Promise<History> {
  const file = join(import.meta.dirname, '..', 'histories', check, `${status}.ts`);
  return (await import(pathToFileURL(file).href)).default;
}

test('there are checks', () => {
  expect(checks.size).toBeGreaterThanOrEqual(8);
});

describe.each([...checks])('%s', (name, check) => {
  test.each(statuses)('has a history that it judges %s', async status => {
    const [verdict] = judge(await golden(name, status), new Map([[name, check]]));
    expect(verdict).toMatchObject({ check: name, status });
    if (status === 'unknown') expect([...verdict!.doubts, ...Object.keys(verdict!.bounds)]).not.toEqual([]);
  });

  test.each(statuses)('returns numbers or brackets that it declares (%s)', async status => {
    const { measures, summary } = check.measure(await golden(name, status));
    expect(Object.keys(check.measures)).toEqual(expect.arrayContaining(Object.keys(measures)));
    expect(summary).toMatch(/\S/);
    for (const value of Object.values(measures)) {
      const { lower, upper } = typeof value === 'number' ? { lower: value, upper: value } : value;
      expect(lower).toSatisfy(Number.isFinite);
      if (upper !== null) expect(upper).toBeGreaterThanOrEqual(lower);
    }
  });

  test('doubts instead of crashing when the fault never came, or nothing is on record', () => {
    const bare = { ...failover(), facts: () => [], streams: [], stored: () => undefined, read: [] };
    for (const history of [failover({ facts: () => [] }), bare]) {
      expect(check.measure(history).doubts).not.toEqual([]);
    }
    // What became of the writes can be told without a fault; nothing else can.
    const { doubts } = check.measure(failover({ facts: without('fault') }));
    if (name === 'writes') expect(doubts).toEqual([]);
    else expect(doubts).not.toEqual([]);
    expect(judge(failover({ facts: () => [] }), new Map([[name, check]]))[0]!.status).toBe('unknown');
  });
});
