import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { list } from '../catalog.ts';
import { readHistory } from '../history/read.ts';
import { judge } from '../judge.ts';
import type { Drill, DrillReport } from '../model.ts';
import { drillReport } from '../report.ts';

/** The folders in `drills/` of a run that a drill was recorded in. */
export async function drillFolders(run: string): Promise<string[]> {
  const drills = join(run, 'drills');
  if (!existsSync(drills)) return [];
  const names = await readdir(drills);
  return names.map(name => join(drills, name)).filter(folder => existsSync(join(folder, 'drill.json')));
}

/**
 * Judges one drill by what is on disk. A history that cannot be read makes an unknown drill, so that it stays in
 * the report instead of vanishing from it.
 * @throws when not even drill.json tells which drill it was.
 */
export async function judgeFolder(folder: string, run: string): Promise<DrillReport> {
  const path = relative(resolve(run), resolve(folder)) || '.';
  try {
    const history = await readHistory(folder);
    return drillReport(history, judge(history, await list('checks')), path);
  } catch (error) {
    return unjudged(await headOf(folder), path, error);
  }
}

interface Head {
  readonly drill: Drill;
  readonly versions?: Readonly<Record<string, string>>;
}

async function headOf(folder: string): Promise<Head> {
  const file = join(folder, 'drill.json');
  let head: Partial<Head> | null;
  try {
    head = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`reading ${file}: ${(error as Error).message}; this drill cannot be told`, {
      cause: error,
    });
  }
  if (!head?.drill?.scenario)
    throw new Error(
      `reading ${file}: expected a member 'drill' with its scenario, found none; this drill cannot be told`,
    );
  return head as Head;
}

function unjudged({ drill, versions = {} }: Head, folder: string, error: unknown): DrillReport {
  const { cluster, patroni, data, load, probe, strategyOptions, strategy, app, timeline } = drill.scenario;
  return {
    id: drill.id,
    scenario: drill.name,
    strategy,
    app,
    faults: timeline.map(({ fault }) => fault),
    seed: drill.seed,
    repetition: drill.repetition,
    status: 'unknown',
    summary: `What was recorded cannot be judged: ${error instanceof Error ? error.message : String(error)}`,
    versions,
    settings: { cluster, patroni, data, load, probe, strategyOptions },
    startUp: [],
    phases: [],
    verdicts: [],
    writeRate: { fromS: 0, perS: [] },
    folder,
  };
}
