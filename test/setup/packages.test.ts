import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const root = fileURLToPath(new URL('../..', import.meta.url));
const lock: { packages: Record<string, Locked> } = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
);
const { whyOutOfDate } = await import(new URL('../../src/setup/packages.mjs', import.meta.url).href);

describe('package-lock.json', () => {
  test('names no registry', () => {
    const naming = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined);
    expect(naming).toEqual([]);
    const whole = Object.entries(lock.packages).filter(([path, entry]) => path && !entry.integrity);
    expect(whole).toEqual([]);
  });

  test('holds the optional packages of every system, without which npm ci refuses', () => {
    const names = new Set(Object.keys(lock.packages).map(path => path.split('node_modules/').at(-1)));
    const missing = Object.values(lock.packages).flatMap(entry =>
      Object.keys(entry.optionalDependencies ?? {}).filter(name => !names.has(name)),
    );
    expect(missing).toEqual([]);
  });

  test('has no install script that package.json neither allows nor denies', () => {
    const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const names = Object.entries(lock.packages)
      .filter(([, entry]) => entry.hasInstallScript)
      .map(([path]) => path.split('node_modules/').at(-1)!);
    // fsevents is for macOS alone and comes with its binary.
    expect(names.filter(name => name !== 'fsevents' && !(name in allowScripts))).toEqual([]);
    expect(allowScripts.node).toBe(true);
  });
});

describe('whyOutOfDate', () => {
  const a = { version: '1.0.0', integrity: 'sha512-a' };
  const elsewhere = { version: '2.0.0', integrity: 'sha512-b', optional: true };
  let folder: string;

  type Entries = Readonly<Record<string, Locked>>;
  interface Checkout {
    readonly wanted?: Entries;
    readonly installed?: Entries;
    readonly dependencies?: Readonly<Record<string, string>>;
  }
  function checkout({ wanted = { a }, installed = wanted, dependencies = { a: '^1.0.0' } }: Checkout) {
    const packages = (entries: Entries) =>
      Object.fromEntries(Object.entries(entries).map(([name, entry]) => [`node_modules/${name}`, entry]));
    const write = (file: string, content: unknown) =>
      writeFileSync(join(folder, file), JSON.stringify(content));
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    write('package.json', { dependencies });
    write('package-lock.json', { packages: { '': { dependencies: { a: '^1.0.0' } }, ...packages(wanted) } });
    write('node_modules/.package-lock.json', { packages: packages(installed) });
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'set-up-packages-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is silent when all is installed, but for what is made for other systems', () => {
    checkout({ wanted: { a, elsewhere }, installed: { a } });
    expect(whyOutOfDate(folder)).toBeUndefined();
  });
  test('sees a package that is missing, of another version or of another content', () => {
    checkout({ installed: {} });
    expect(whyOutOfDate(folder)).toBe('a is not 1.0.0');
    checkout({ installed: { a: { ...a, version: '0.9.0' } } });
    expect(whyOutOfDate(folder)).toBe('a is not 1.0.0');
    checkout({ installed: { a: { ...a, integrity: 'sha512-c' } } });
    expect(whyOutOfDate(folder)).toBe('a is not 1.0.0');
  });
  test('sees a dependency that was changed by hand', () => {
    checkout({ dependencies: { a: '^2.0.0' } });
    expect(whyOutOfDate(folder)).toBe('package.json was changed');
  });
  test('takes an installation that was broken off for none', () => {
    checkout({});
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), '{"packages": {');
    expect(whyOutOfDate(folder)).toBe('not installed');
  });
  test('asks for a package-lock.json that is missing', () => {
    expect(() => whyOutOfDate(folder)).toThrow(/expected a package-lock.json in .*, found none; restore it/);
  });
});
