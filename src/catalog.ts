import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BadInput } from './bad-input.ts';
import type { App, Check, Fault, Observer, Options, Reporter, Strategy, Workload } from './model.ts';
import { whatThereIs } from './nearest.ts';
import { choose, type Optional, split } from './options.ts';

/** The rooms of entries: a folder each, a file an entry. The folder is the registry. */
export interface Rooms {
  strategies: Strategy;
  faults: Fault;
  checks: Check;
  apps: App;
  observers: Observer;
  workloads: Workload;
  reporters: Reporter;
}
export type Room = keyof Rooms;
export const rooms: readonly Room[] = [
  'strategies',
  'faults',
  'checks',
  'apps',
  'observers',
  'workloads',
  'reporters',
];
const one: Record<Room, string> = {
  strategies: 'strategy',
  faults: 'fault',
  checks: 'check',
  apps: 'app',
  observers: 'observer',
  workloads: 'workload',
  reporters: 'reporter',
};

export interface Loaded<E> {
  /** The file's name, without the variant. */
  readonly name: string;
  readonly variant: string | undefined;
  readonly entry: E;
  /** Every default filled in; empty for entries without options. */
  readonly options: Options;
}

const source = import.meta.dirname;
const scenarioFolder = join(source, '..', 'scenarios');

/** The names in a room, sorted. Nothing is imported. */
export function names(room: Room, root = source): readonly string[] {
  return inFolder(join(root, room));
}

/** All entries of a room by name. */
export async function list<R extends Room>(room: R, root = source): Promise<ReadonlyMap<string, Rooms[R]>> {
  const entries = names(room, root).map(
    async name => [name, await entryOf<Rooms[R]>(join(root, room, `${name}.ts`))] as const,
  );
  return new Map(await Promise.all(entries));
}

/**
 * `keepalived:published` -> the entry of strategies/keepalived.ts and its checked options.
 * @throws BadInput: unknown name, variant or option, or an option of another type than its default.
 */
export async function load<R extends Room>(
  room: R,
  word: string,
  given: Options = {},
  root = source,
): Promise<Loaded<Rooms[R]>> {
  const { name, variant } = split(word);
  const known = names(room, root);
  if (!known.includes(name))
    throw new BadInput(`choosing a ${one[room]}: found no '${name}'; ${whatThereIs(name, known)}`);
  const entry = await entryOf<Rooms[R]>(join(root, room, `${name}.ts`));
  const { options, problems } = choose(`${one[room]} '${word}'`, entry as Optional, variant, given);
  if (problems.length) throw new BadInput(problems);
  return { name, variant, entry, options };
}

export interface ScenarioFile {
  readonly name: string;
  readonly file: string;
  /** Not checked yet: see scenario.ts. */
  readonly value: unknown;
}

/** The names in scenarios/, sorted. */
export function scenarioNames(folder = scenarioFolder): readonly string[] {
  return inFolder(folder);
}

/**
 * A scenario by its name in scenarios/, or by the path of a file (a word with a slash or the ending .ts).
 * @throws BadInput: no such scenario, or a file that cannot be read as one.
 */
export async function loadScenario(word: string, folder = scenarioFolder): Promise<ScenarioFile> {
  const isPath = word.includes('/') || word.endsWith('.ts');
  const known = scenarioNames(folder);
  if (!isPath && !known.includes(word))
    throw new BadInput(`choosing a scenario: found no '${word}'; ${whatThereIs(word, known)}`);
  const file = isPath ? resolve(word) : join(folder, `${word}.ts`);
  const name = basename(file, '.ts');
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw new BadInput(
      `choosing a scenario: expected a file name of lower-case letters, digits and hyphens, found '${basename(file)}'`,
    );
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(file).href);
    return { name, file, value: module.default };
  } catch (error) {
    throw new BadInput(
      `${file}: reading the scenario: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function inFolder(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter(file => /^[a-z0-9][a-z0-9-]*\.ts$/.test(file))
    .map(file => basename(file, '.ts'))
    .sort();
}

async function entryOf<E>(file: string): Promise<E> {
  const module: { default?: E } = await import(pathToFileURL(file).href);
  if (module.default === undefined)
    throw new Error(
      `loading ${file}: expected a default export, found none; give the entry as the default export`,
    );
  return module.default;
}
