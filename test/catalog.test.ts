import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BadInput } from '../src/bad-input.ts';
import { list, load, loadScenario, names, rooms, scenarioNames } from '../src/catalog.ts';
import { distance, nearest, whatThereIs } from '../src/nearest.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'catalog-'));
  await mkdir(join(root, 'strategies', 'lib'), { recursive: true });
  await mkdir(join(root, 'observers'));
  const write = (file: string, text: string) => writeFile(join(root, file), text);
  await write('strategies/README.md', 'Not an entry.');
  await write('strategies/types.d.ts', 'export {};');
  await write('strategies/empty.ts', 'export const nothing = 1;');
  await write(
    'strategies/haproxy.ts',
    `export default { about: 'A router.', options: { interMs: 3000, balance: 'first', kept: false, hosts: ['a'] },
      variants: { 'sessions-kept': { kept: true, interMs: 1000 } } };`,
  );
  await write('observers/etcd.ts', `export default { about: 'It watches.', keys: ['leader'] };`);
  await write('my-drill.ts', `export default { about: 'Mine.' };`);
  await write('broken.ts', 'export default { about: ');
});
afterAll(() => rm(root, { recursive: true }));

test('the folder is the registry: files are entries, all else is not', () => {
  expect(names('strategies', root)).toEqual(['empty', 'haproxy']);
});

test('a variant changes the defaults, and what is given changes both', async () => {
  const defaults = { interMs: 3000, balance: 'first', kept: false, hosts: ['a'] };
  expect(await load('strategies', 'haproxy', {}, root)).toMatchObject({
    name: 'haproxy',
    variant: undefined,
    options: defaults,
  });
  const { options, variant } = await load(
    'strategies',
    'haproxy:sessions-kept',
    { interMs: 5, hosts: [] },
    root,
  );
  expect(variant).toBe('sessions-kept');
  expect(options).toEqual({ interMs: 5, balance: 'first', kept: true, hosts: [] });
});

test('entries without options are entries too', async () => {
  expect((await load('observers', 'etcd', {}, root)).options).toEqual({});
  expect([...(await list('observers', root)).keys()]).toEqual(['etcd']);
});

test.each([
  [
    'haproxi',
    {},
    "choosing a strategy: found no 'haproxi'; did you mean 'haproxy'? there are empty, haproxy",
  ],
  ['../plan', {}, "choosing a strategy: found no '../plan'"],
  ['haproxy:session-kept', {}, "did you mean 'sessions-kept'?"],
  ['haproxy', { inter: 5 }, "found 'inter'; did you mean 'interMs'?"],
  ['haproxy', { toString: 5 }, "found 'toString'"],
  ['haproxy', { interMs: '5' }, `option 'interMs': expected a number like 3000, found "5"`],
  ['haproxy', { interMs: Number.NaN }, "option 'interMs': expected a number"],
  ['haproxy', { hosts: [1] }, "option 'hosts': expected a list"],
  ['haproxy', { kept: 'true' }, "option 'kept': expected true or false"],
])('%s with %j is bad input', async (word, given, message) => {
  const error = await load('strategies', word, given, root).catch(each => each);
  expect(error).toBeInstanceOf(BadInput);
  expect(error.message).toContain(message);
});

test('a file without a default export is a defect of the project, and says so', async () => {
  await expect(load('strategies', 'empty', {}, root)).rejects.toThrow(/empty\.ts: expected a default export/);
});

test('a scenario is found by name or by path', async () => {
  expect(await loadScenario('my-drill', root)).toMatchObject({ name: 'my-drill', value: { about: 'Mine.' } });
  expect(await loadScenario(join(root, 'my-drill.ts'))).toMatchObject({ name: 'my-drill' });
  expect(scenarioNames()).toContain('haproxy-patroni-stop');
});

test.each([
  ['my-dril', /found no 'my-dril'; did you mean 'my-drill'\?/],
  ['broken', /broken\.ts: reading the scenario: /],
])('the scenario %s is bad input', async (word, message) => {
  const error = await loadScenario(word, root).catch(each => each);
  expect(error).toBeInstanceOf(BadInput);
  expect(error.message).toMatch(message);
});

test('a path to nothing is bad input', async () => {
  await expect(loadScenario(join(root, 'absent.ts'))).rejects.toBeInstanceOf(BadInput);
});

test('every room is there', () => {
  for (const room of rooms) expect(names(room).length, room).toBeGreaterThan(0);
});

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['kitten', 'sitting', 3],
  ['stop', 'stpo', 1],
  ['ttl', 'ttlS', 1],
])('from %j to %j are %i edits', (a, b, edits) => {
  expect(distance(a, b)).toBe(edits);
  expect(distance(b, a)).toBe(edits);
});

test('the nearest name is told only when one is near', () => {
  const known = ['patroni-stop', 'patroni-kill', 'node-kill'];
  expect(nearest('patroni-stpo', known)).toBe('patroni-stop');
  expect(nearest('Node-Kill', known)).toBe('node-kill');
  expect(nearest('leader', ['primary', 'etcd-leader'])).toBe('etcd-leader');
  expect(nearest('switchover', known)).toBeUndefined();
  expect(whatThereIs('x', [])).toBe('there is none');
  expect(whatThereIs('x', ['sql'])).toBe('there is sql');
});
