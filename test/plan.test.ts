import { expect, test } from 'vitest';
import type { Scenario } from '../src/model.ts';
import { canonical, idOf, plan, resolved } from '../src/plan.ts';
import { random, repetitionSeed } from '../src/random.ts';

const scenario: Scenario = {
  about: 'A sample.',
  strategy: 'haproxy',
  patroni: { ttlS: 20, loopWaitS: 5, retryTimeoutS: 5 },
  timeline: [{ atS: 5, forS: 30, fault: 'patroni-stop' }],
  lastS: 60,
  expect: { lost: { max: 0 } },
};
const two = [
  { name: 'first', scenario },
  { name: 'second', scenario },
];

test('repetitions are outermost, so that scenarios interleave', () => {
  const drills = plan({ scenarios: two, repeat: 2, seed: 7 });
  expect(drills.map(({ name, repetition }) => `${name} ${repetition}`)).toEqual([
    'first 0',
    'second 0',
    'first 1',
    'second 1',
  ]);
});

test('all drills of one repetition have one seed, the first repetition that of the run', () => {
  const seeds = plan({ scenarios: two, repeat: 3, seed: 7 }).map(({ seed }) => seed);
  expect(seeds.slice(0, 2)).toEqual([7, 7]);
  expect(seeds[2]).toBe(seeds[3]);
  expect(new Set(seeds).size).toBe(3);
});

test('what the scenario does not say is filled in, and what it says stays', () => {
  expect(resolved(scenario)).toMatchObject({
    app: 'sql',
    strategyOptions: {},
    cluster: { etcd: 3, postgres: 3, etcdBeside: false },
    patroni: {
      ttlS: 20,
      loopWaitS: 5,
      retryTimeoutS: 5,
      maximumLagOnFailoverBytes: 1_048_576,
      mode: 'async',
    },
    load: { writesPerS: 200, connections: 8, connectMs: 2_000, answerMs: 5_000 },
    probe: { heldMs: 2, freshMs: 20 },
    tailS: 3,
  });
});

test('an id is the hash of the content: stable, blind to the order of keys, and different for anything else', () => {
  const [drill] = plan({ scenarios: two, repeat: 1, seed: 7 });
  const { id, ...rest } = drill!;
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(idOf(rest)).toBe(id);
  const turned = { ...rest, scenario: Object.fromEntries(Object.entries(rest.scenario).reverse()) };
  expect(idOf(turned as typeof rest)).toBe(id);
  const ids = plan({ scenarios: two, repeat: 3, seed: 7 }).map(each => each.id);
  expect(new Set(ids).size).toBe(6);
  expect(idOf({ ...rest, seed: 8 })).not.toBe(id);
  expect(idOf({ ...rest, scenario: { ...rest.scenario, lastS: 61 } })).not.toBe(id);
});

test('canonical JSON sorts keys at every depth and keeps the order of lists', () => {
  expect(canonical({ b: [2, 1, { d: 1, c: undefined, a: null }], a: 'x' })).toBe(
    '{"a":"x","b":[2,1,{"a":null,"d":1}]}',
  );
});

test('the same seed gives the same numbers, evenly between 0 and 1', () => {
  const take = (seed: number) => {
    const next = random(seed);
    return Array.from({ length: 10_000 }, next);
  };
  expect(take(1)).toEqual(take(1));
  expect(take(1)).not.toEqual(take(2));
  const numbers = take(3);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  const tenths = Array.from({ length: 10 }, (_, i) => numbers.filter(x => Math.floor(x * 10) === i).length);
  for (const count of tenths) expect(count).toBeGreaterThan(850);
});

test('seeds of repetitions are integers of 32 bits and do not repeat', () => {
  const seeds = Array.from({ length: 1_000 }, (_, repetition) => repetitionSeed(4_294_967_295, repetition));
  expect(new Set(seeds).size).toBe(1_000);
  for (const seed of seeds) expect(seed === seed >>> 0).toBe(true);
});
