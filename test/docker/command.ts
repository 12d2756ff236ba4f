import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../src/model.ts';
import { engine } from '../../src/stack/engine.ts';
import { label, ownerOf } from '../../src/stack/labels.ts';
import { until } from '../../src/until.ts';

const root = join(import.meta.dirname, '..', '..');
/** A scenario of this folder's own. */
export const small = (name: string): string => join(import.meta.dirname, 'scenarios', `${name}.ts`);

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  /** As its labels name it. */
  readonly owner: string;
  /** The folder of its report. */
  readonly out: string;
  readonly ended: Promise<Ended>;
  /** Waits until it has written this to standard error. */
  says(what: string | RegExp): Promise<void>;
  report(): Promise<Report>;
}

/** The command line as a person gives it, in a process of its own, with its report in a folder that goes with it. */
export async function command(...args: readonly string[]): Promise<Running> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'failover-drill-test-'));
  const out = join(folder.path, 'run');
  const scenario = args[0] === 'scenario' ? ['--out', out] : [];
  const child = spawn(process.execPath, [join(root, 'src', 'cli.ts'), ...args, ...scenario], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const owner = ownerOf(child.pid!);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', chunk => {
    stdout += chunk;
  });
  child.stderr.on('data', chunk => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    owner,
    out,
    ended,
    async says(what) {
      const said = async () => {
        if (typeof what === 'string' ? stderr.includes(what) : what.test(stderr)) return true;
        if (child.exitCode !== null)
          throw new Error(`it ended with ${child.exitCode}, having said:\n${stderr}`);
        return undefined;
      };
      await until(`the command to say '${what}'`, said, {
        withinMs: 120_000,
        signal: new AbortController().signal,
      });
    },
    report: async () => JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM'); // no more than a request if it has ended
      await ended;
      await folder.remove();
    },
  };
}

/** What carries the owner's label in the engine: names of containers, running or not, and of networks. */
export async function thingsOf(owner: string): Promise<readonly string[]> {
  const filters = { label: [`${label.owner}=${owner}`] };
  const [containers, networks] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
  ]);
  return [...containers.map(({ Names, Id }) => Names[0] ?? Id), ...networks.map(({ Name }) => Name)];
}

/** The volumes that the owner's containers stand on now. */
export async function volumesOf(owner: string): Promise<readonly string[]> {
  const filters = { label: [`${label.owner}=${owner}`] };
  const containers = await engine.listContainers({ all: true, filters });
  return containers.flatMap(({ Mounts }) =>
    Mounts.flatMap(mount => (mount.Type === 'volume' && mount.Name ? [mount.Name] : [])),
  );
}

/** Those of the volumes that there still are. */
export async function remaining(volumes: readonly string[]): Promise<readonly string[]> {
  const { Volumes } = await engine.listVolumes();
  const there = new Set(Volumes.map(({ Name }) => Name));
  return volumes.filter(name => there.has(name));
}
