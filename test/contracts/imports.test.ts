import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const source = join(root, 'src');

/** What each room, and each file that stands alone, may import besides itself and node's own modules. */
const model = ['model'];
const pure = ['model', 'limits', 'until'];
const docker = ['dockerode', 'testcontainers', 'tar-stream', 'toxiproxy-node-client'];
const everything = ['*'];
const table: Record<string, readonly string[]> = {
  model: [],
  limits: [],
  until: [],
  nearest: [],
  random: [],
  progress: [],
  'bad-input': [],
  phrase: model,
  shape: ['nearest'],
  options: [...model, 'nearest'],
  scenario: [...model, 'nearest', 'options', 'plan', 'shape'],
  plan: [...pure, 'random'],
  blueprint: pure,
  judge: [...pure, 'nearest'],
  report: [...pure, 'judge'],
  compare: pure,
  run: [...pure, 'random'],
  // How a careful client speaks; a strategy asks its router through it.
  clients: [...pure, 'pg'],
  strategies: [...pure, 'clients'],
  apps: pure,
  faults: pure,
  checks: pure,
  workloads: [...pure, 'clients', 'random', 'pg', 'etcd3', 'autocannon'],
  observers: [...pure, 'clients', 'pg', 'etcd3'],
  reporters: [...model, 'phrase', 'compare', 'asciichart'],
  catalog: [...model, 'bad-input', 'nearest', 'options'],
  history: [...model, 'apache-arrow'],
  stack: [...pure, 'clients', 'blueprint', ...docker, 'liquidjs'],
  measure: [...pure, 'history', 'catalog', 'clients', 'random'],
  frames: [],
  protocol: model,
  campaign: [...pure, 'stack', 'desk', 'progress', 'blueprint', 'catalog', 'frames', 'protocol'],
  // Runs before anything is installed.
  setup: [],
  desk: everything,
  commands: everything,
  cli: everything,
  drill: everything,
  conductor: everything,
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** `src/faults/node-kill.ts` stands in the room faults, `src/plan.ts` is one of its own. */
const roomOf = (path: string): string =>
  relative(source, path)
    .split(sep)[0]!
    .replace(/\.(d\.)?[a-z]+$/, '');

/** Imports of every kind: static, types only, of a side effect, dynamic, and of a type in place. */
function importsOf(file: string, text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const specifiers = [
    ...code.matchAll(/^\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm),
    ...code.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm),
    ...code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g),
  ].map(match => match[1]!);
  return specifiers
    .filter(specifier => !isBuiltin(specifier))
    .map(specifier => {
      const to = specifier.startsWith('.')
        ? roomOf(join(dirname(file), specifier))
        : specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/');
      return { file: relative(root, file), from: roomOf(file), to };
    });
}

/** What the table does not allow, a line each. */
function offences(imports: readonly Import[]): string[] {
  return imports
    .filter(({ from, to }) => from !== to && !table[from]?.includes(to) && !table[from]?.includes('*'))
    .map(
      ({ file, from, to }) =>
        `${file}: ${from} may import ${table[from]?.join(', ') || 'nothing'}, found ${to}`,
    );
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter(file => /\.(ts|mjs)$/.test(file) && !file.endsWith('.d.ts'))
  .map(file => join(source, file));

test('every room stands in the table', () => {
  expect(files.length).toBeGreaterThan(30);
  expect([...new Set(files.map(roomOf))].filter(room => !table[room])).toEqual([]);
});

test('rooms import only what the table allows', () => {
  expect(offences(files.flatMap(file => importsOf(file, readFileSync(file, 'utf8'))))).toEqual([]);
});

test.each([
  ['faults', `import Docker from 'dockerode';`],
  ['faults', `import { exec } from '../stack/exec.ts';`],
  ['checks', `import {\n  a,\n  b,\n} from '../history/read.ts';`],
  ['reporters', `export { judge } from '../judge.ts';`],
  ['history', `const { engine } = await import('../stack/engine.ts');`],
  ['apps', `import type { Client } from 'pg';`],
  ['apps', `import 'etcd3';`],
  ['apps', `type C = import('@scope/thing/deep').C;`],
])('an offence in %s is found: %s', (room, code) => {
  expect(offences(importsOf(join(source, room, 'planted.ts'), code))).toHaveLength(1);
});

test('what is allowed, what is built in and what is only mentioned are no offences', () => {
  const code = `
    import { readFile } from 'node:fs/promises';
    import type { Fault } from '../model.ts';
    import { other } from './other.ts';
    // import Docker from 'dockerode';
    /* import('dockerode') */`;
  expect(offences(importsOf(join(source, 'faults', 'planted.ts'), code))).toEqual([]);
});
