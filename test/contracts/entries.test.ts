import { describe, expect, test } from 'vitest';
import { blueprint } from '../../src/blueprint.ts';
import { list, loadScenario, rooms, scenarioNames } from '../../src/catalog.ts';
import { allChains } from '../../src/commands/images.ts';
import { defaultScenario } from '../../src/commands/scenario.ts';
import type { Check, Entry, Options, Scenario } from '../../src/model.ts';
import { alike, choose, type Optional, split } from '../../src/options.ts';
import { defaults, resolved } from '../../src/plan.ts';
import { problemsOfScenario, type Vocabulary } from '../../src/scenario.ts';

const [strategies, apps, faults, checks, observers, workloads] = await Promise.all([
  list('strategies'),
  list('apps'),
  list('faults'),
  list('checks'),
  list('observers'),
  list('workloads'),
]);
const measuresOf = (check: Check) => Object.keys(check.measures);
const vocabulary: Vocabulary = {
  strategies,
  apps,
  faults,
  measures: [...checks.values()].flatMap(measuresOf),
};
const scenarios = new Map(
  await Promise.all(
    scenarioNames().map(async name => [name, (await loadScenario(name)).value as Scenario] as const),
  ),
);

/** Begins with a capital, ends with its only full stop (dots within words aside), and stands on one line. */
const oneSentence = /^[A-Z0-9](?:[^.!?\n]|[.](?=\S))*\.$/;
const scalar = ['string', 'number', 'boolean'];

for (const room of rooms) {
  const entries = await list(room);
  describe(room, () => {
    test.each([...entries])('%s says in a sentence what it is', (_name, { about }) => {
      expect(about).toMatch(oneSentence);
    });
    const optional = [...entries].filter(([, entry]) => 'options' in entry) as unknown as [string, Entry][];
    if (!optional.length) return;
    test.each(optional)('%s has plain options, and its variants change only those', (_name, entry) => {
      for (const value of Object.values(entry.options))
        for (const item of Array.isArray(value) ? value : [value]) expect(scalar).toContain(typeof item);
      for (const [variant, changed] of Object.entries(entry.variants ?? {})) {
        expect(variant).toMatch(/^[a-z0-9][a-z0-9-]*$/);
        expect(Object.keys(changed).length, `${variant} changes nothing`).toBeGreaterThan(0);
        for (const [key, value] of Object.entries(changed)) {
          expect(Object.keys(entry.options), variant).toContain(key);
          expect(alike(entry.options[key]!, value), `${variant}.${key}`).toBe(true);
        }
      }
    });
  });
}

describe('checks', () => {
  test('no two checks measure under one name', () => {
    expect(vocabulary.measures.filter((name, at) => vocabulary.measures.indexOf(name) !== at)).toEqual([]);
  });
  test('what report.json promises is measured by some check', () => {
    const promised = ['writeOutageMs', 'readOutageMs', 'acknowledged', 'lost', 'duplicated', 'splitBrainMs'];
    expect(vocabulary.measures).toEqual(expect.arrayContaining(promised));
  });
});

describe('apps', () => {
  test.each([...apps])('the workloads of %s are there', (_name, app) => {
    expect(app.workloads.length).toBeGreaterThan(0);
    for (const workload of app.workloads) expect([...workloads.keys()]).toContain(workload);
  });
  test('no two workloads record one stream', () => {
    const streams = [...workloads.values()].flatMap(workload => workload.streams);
    expect(new Set(streams).size).toBe(streams.length);
  });
});

describe('strategies', () => {
  const forms = [...strategies].flatMap(([name, entry]) =>
    [undefined, ...Object.keys(entry.variants ?? {})].map(
      variant => [variant ? `${name}:${variant}` : name, { entry, variant }] as const,
    ),
  );
  const sql = { entry: apps.get('sql')!, options: {} };
  test.each(forms)('%s draws its machines', (word, { entry, variant }) => {
    const options: Options = choose(word, entry as Optional, variant, {}).options;
    const drawn = blueprint(defaults, '198.18.7', { entry, options }, sql);
    const names = drawn.machines.map(machine => machine.name);
    const addresses = drawn.machines.map(machine => machine.address);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(drawn.route.port).toBeGreaterThan(0);
    for (const observer of drawn.observers) expect([...observers.keys()]).toContain(observer);
  });
  test('every machine has an image', () => {
    const chains = allChains([...strategies.values()], [...apps.values()]);
    expect(chains.length).toBeGreaterThan(2);
    for (const chain of chains) expect(chain.length).toBeGreaterThan(0);
    expect(new Set(chains.map(chain => chain.join('+'))).size).toBe(chains.length);
  });
});

describe('scenarios', () => {
  test.each([...scenarios])('%s can be run, and tells in a sentence what it is', (_name, scenario) => {
    expect(problemsOfScenario(scenario, vocabulary)).toEqual([]);
    expect(scenario.about).toMatch(oneSentence);
    expect(Object.keys(scenario.expect).length).toBeGreaterThan(0);
  });
  test('the default scenario is there', () => {
    expect([...scenarios.keys()]).toContain(defaultScenario);
  });
  test('the pair on lost writes breaks the same thing under the same timings, and expects opposite findings', () => {
    const lossy = resolved(scenarios.get('lost-writes-async')!);
    const safe = resolved(scenarios.get('lost-writes-sync')!);
    expect(safe.timeline[0]?.fault).toBe(lossy.timeline[0]?.fault);
    expect(safe.timeline[0]?.on).toBe(lossy.timeline[0]?.on);
    expect({ ...safe.patroni, mode: '' }).toEqual({ ...lossy.patroni, mode: '' });
    expect([lossy.patroni.mode, safe.patroni.mode]).toEqual(['async', 'strict']);
    expect(split(safe.strategy).name).toBe(split(lossy.strategy).name);
    expect(lossy.expect).toMatchObject({ lost: { min: 1 }, splitBrainMs: { min: 1 } });
    expect(safe.expect).toMatchObject({ lost: { max: 0 }, splitBrainMs: { max: 0 } });
  });
});
