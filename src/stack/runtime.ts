import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtempDisposable, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;

/**
 * The context of the runtime layer: the packages that the drill needs and the Node binary, for Linux on the engine's
 * architecture, whatever the desk is. npm fetches them at the desk, where its registry, proxy and certificates are set up:
 * so the image's build reaches for nothing over TLS, and no certificate comes near it.
 */
export async function stageRuntime(
  folder: string,
  arch: string,
  signal: AbortSignal,
): Promise<AsyncDisposable & { context: string; src: string[] }> {
  await using undo = new AsyncDisposableStack();
  const stage = undo.use(await mkdtempDisposable(join(tmpdir(), 'failover-drill-runtime-'))).path;
  for (const file of ['package.json', 'package-lock.json'])
    await copyFile(join(root, file), join(stage, file));
  await copyFile(join(folder, 'Dockerfile'), join(stage, 'Dockerfile'));
  const platform = [
    '--os=linux',
    `--cpu=${arch}`,
    '--libc=glibc',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  await npm(['ci', '--omit=dev', ...platform], stage, signal);

  // The package `node` fetches its binary in an install script, for the desk's platform: take the engine's by its own name.
  const version = createRequire(import.meta.url)('node/package.json').version as string;
  const binary = join(stage, 'binary');
  await mkdir(binary);
  await npm(
    ['install', '--prefix', binary, '--force', ...platform, `node-linux-${arch}@${version}`],
    stage,
    signal,
  );
  const runtime = join(stage, 'node_modules', '.runtime');
  await mkdir(runtime);
  await rename(join(binary, 'node_modules', `node-linux-${arch}`, 'bin', 'node'), join(runtime, 'node'));
  await rm(binary, { recursive: true });
  const staged = undo.move();
  return {
    context: stage,
    src: ['Dockerfile', 'node_modules'],
    [Symbol.asyncDispose]: () => staged.disposeAsync(),
  };
}

async function npm(args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  const path = process.env.npm_execpath;
  const [file, first] = path ? [process.execPath, [path]] : ['npm', []];
  try {
    await run(file, [...first, ...args], { cwd, signal, maxBuffer: 16 << 20 });
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    throw new Error(
      `fetching the drill's packages (npm ${args[0]}): ${(cause as Error).message.split('\n')[0]}\n${stderr
        .split('\n')
        .filter(line => line.startsWith('npm error'))
        .slice(0, 12)
        .join('\n')}`,
      { cause },
    );
  }
}
