import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rmdir, symlink } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { BadInput } from '../bad-input.ts';

const root = join(import.meta.dirname, '..', '..');
export const reportsFolder = join(root, 'reports');

/** `npm run` moves to the project's folder; a path that the user gave is meant from where the command was given. */
export function fromHere(path: string, env: NodeJS.ProcessEnv = process.env): string {
  const byNpm = env.npm_lifecycle_event === 'scenario' || env.npm_lifecycle_event === 'drill';
  return resolve((byNpm && env.INIT_CWD) || process.cwd(), path);
}

/** `2025-11-21T04-39-07Z-haproxy-patroni-stop`: sorts by time, and is a name on every file system. */
export function runName(scenarios: readonly string[], now: Date): string {
  const time = now.toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
  const others = scenarios.length > 1 ? `-and-${scenarios.length - 1}-more` : '';
  return `${time}-${scenarios[0]}${others}`;
}

/**
 * Makes the folder of a run with `drills/` in it: the one that was asked for, or a new one in reports/.
 * @throws BadInput when there is something in the folder already: two runs in one would be one report.
 */
export async function createRunFolder(
  scenarios: readonly string[],
  out: string | undefined,
  reports = reportsFolder,
): Promise<string> {
  if (out !== undefined) {
    const folder = fromHere(out);
    const inside = existsSync(folder) ? await entries(folder) : [];
    if (inside.length)
      throw new BadInput(
        `--out ${out}: expected an empty folder or a new one, found ${inside[0]} in it; name another`,
      );
    await mkdir(join(folder, 'drills'), { recursive: true });
    return folder;
  }
  await mkdir(reports, { recursive: true });
  const name = runName(scenarios, new Date());
  for (let again = 1; ; again++) {
    const folder = join(reports, again === 1 ? name : `${name}-${again}`);
    try {
      await mkdir(folder);
      await mkdir(join(folder, 'drills'));
      return folder;
    } catch (error) {
      // Another run began in the same second.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new BadInput(
      `--out ${folder}: expected a folder, found something else (${(error as Error).message})`,
      {
        cause: error,
      },
    );
  }
}

/** reports/latest points at the folder; it is never absent in between. */
export async function pointLatest(folder: string, reports = reportsFolder): Promise<void> {
  await mkdir(reports, { recursive: true });
  const link = join(reports, 'latest');
  const fresh = `${link}.${process.pid}`;
  const target = dirname(folder) === reports ? relative(reports, folder) : folder;
  await symlink(target, fresh);
  await rename(fresh, link);
}

/** Takes a run's folder away again when nothing was recorded in it. */
export async function removeIfEmpty(folder: string): Promise<void> {
  for (const path of [join(folder, 'drills'), folder]) await rmdir(path).catch(() => {});
}
