import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { main } from '../../src/desk/command-line.ts';

const cli = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');
/** A process of its own may take seconds to start when all other tests run beside it. */
const withProcesses = { timeout: 60_000 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
/** The command line in this process: its exit code, and what it printed. */
async function call(args: readonly string[]): Promise<Ended> {
  let out = '';
  let err = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    out += text;
    return true;
  });
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    err += text;
    return true;
  });
  try {
    const code = await main(args);
    return { code, out, err };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

/** The command in a process of its own, elsewhere, as a user would have it. */
function run(args: readonly string[], node: readonly string[] = []): Promise<Ended> {
  // What asks for Docker here fails.
  const env = { ...process.env, DOCKER_HOST: 'unix:///nonexistent', NO_COLOR: '1' };
  return new Promise(resolve => {
    execFile(process.execPath, [...node, cli, ...args], { cwd: folder, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe('help', () => {
  test.each(['scenario', 'list', 'judge', 'report', 'clean', 'images'])(
    '%s --help has examples',
    async verb => {
      const { code, out } = await call([verb, '--help']);
      expect(code).toBe(0);
      expect(out).toContain(`Usage: failover-drill ${verb}`);
      expect(out).toMatch(/Examples:\n {2}npm run/);
      expect(out).toContain('Exit codes: 0 all passed, 1 a verdict failed, 2 bad input');
    },
  );
  test('without a verb the help is shown as an error', async () => {
    const { code, err } = await call([]);
    expect(code).toBe(2);
    expect(err).toContain('Usage: failover-drill');
  });
});

describe('bad input ends with 2, one clear message and nothing begun', () => {
  test.each([
    [['scenaro'], /unknown command 'scenaro'\s+\(Did you mean scenario\?\)/],
    [['scenario', '--sed', '3'], /unknown option '--sed'\s+\(Did you mean --seed\?\)/],
    [
      ['scenario', '--seed', '1.5'],
      /argument '1.5' is invalid. Expected a whole number from 0 to 4294967295/,
    ],
    [['scenario', '--seed', '4294967296'], /Expected a whole number from 0 to 4294967295/],
    [['scenario', '--repeat', '0'], /Expected a whole number from 1 to 1000/],
    [
      ['scenario', 'haproxy-patroni-stpo'],
      /found no 'haproxy-patroni-stpo'; did you mean 'haproxy-patroni-stop'\?/,
    ],
    [['scenario', 'lost-writes-sync', 'lost-writes-sync'], /found 'lost-writes-sync' twice; --repeat runs/],
    [['list', 'fault'], /found no kind 'fault'; did you mean 'faults'\?/],
    [['list', 'faults', 'checks'], /too many arguments/],
    [['judge'], /missing required argument 'dir'/],
    [['judge', 'nowhere'], /judging \S+nowhere: expected the folder of a run .* found no such folder/],
    [['report', 'nowhere'], /reading \S+nowhere\/report\.json: ENOENT/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await call(args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(out).toBe('');
  });

  test(
    'bad values in a scenario file, each in a line with file, path, expected and found',
    withProcesses,
    async () => {
      const file = join(folder, 'wrong.ts');
      await writeFile(
        file,
        `export default { about: 'Wrong.', strategy: 'haproxi', timeline: [{ atS: 5, forS: 30, fault: 'patroni-stpo' }],
        lastS: 60, expect: { lots: { max: 0 } } };`,
      );
      const { code, err } = await run(['scenario', './wrong.ts']);
      expect(code).toBe(2);
      const lines = err.trimEnd().split('\n');
      expect(lines).toHaveLength(3);
      expect(lines[0]).toMatch(
        /^\S+wrong\.ts: strategy: expected .* found 'haproxi'; did you mean 'haproxy'\?/,
      );
      expect(lines[1]).toMatch(/: timeline\[0\]\.fault: .* did you mean 'patroni-stop'\?/);
      expect(lines[2]).toMatch(/: expect\.lots: .* did you mean 'lost'\?/);
    },
  );

  test('an --out that holds something', async () => {
    const { code, err } = await call(['scenario', '--out', folder]);
    expect(code).toBe(2);
    expect(err).toContain('expected an empty folder or a new one');
  });
});

describe('list', () => {
  test('for programs, one kind or all', withProcesses, async () => {
    const [one, all] = await Promise.all([run(['list', 'faults', '--json']), run(['list', '--json'])]);
    expect([one.code, all.code]).toEqual([0, 0]);
    const faults: { name: string; about: string }[] = JSON.parse(one.out);
    expect(faults.map(({ name }) => name)).toContain('patroni-stop');
    const everything = JSON.parse(all.out);
    expect(everything.faults).toEqual(faults);
    expect(everything.strategies[0]).toMatchObject({ name: 'haproxy', variants: { 'sessions-kept': {} } });
    expect(everything.checks.flatMap((check: { measures: object }) => Object.keys(check.measures))).toContain(
      'lost',
    );
    expect(Object.keys(everything)).toEqual(
      expect.arrayContaining([
        'scenarios',
        'strategies',
        'faults',
        'checks',
        'apps',
        'observers',
        'workloads',
      ]),
    );
  });
  test('for people', async () => {
    const { out } = await call(['list', 'scenarios']);
    expect(out).toMatch(/^scenarios\n {2}\S+ +[A-Z]/);
    expect(out).toContain('haproxy-patroni-stop');
  });
});

test('neither help nor list loads a Docker library', withProcesses, async () => {
  const hook = join(folder, 'no-docker.mjs');
  await writeFile(
    hook,
    `import { registerHooks } from 'node:module';
    registerHooks({ resolve(specifier, context, next) {
      if (/^(dockerode|testcontainers|docker-modem|ssh2)\\b/.test(specifier)) throw new Error('loaded ' + specifier);
      return next(specifier, context);
    } });`,
  );
  const node = ['--import', hook];
  for (const args of [['--help'], ['list', '--json']])
    expect(await run(args, node)).toMatchObject({ code: 0 });
  // The hook itself works.
  const { code, err } = await run(['clean'], node);
  expect(code).toBe(3);
  expect(err).toMatch(/loaded (dockerode|testcontainers)/);
});
