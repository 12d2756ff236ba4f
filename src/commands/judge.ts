import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { BadInput } from '../bad-input.ts';
import { exitCode } from '../desk/exit.ts';
import { drillFolders, judgeFolder } from '../desk/judged.ts';
import { type Paper, print } from '../desk/print.ts';
import { commandOf, inOrder, publish, readReport } from '../desk/publish.ts';
import { fromHere } from '../desk/run-folder.ts';
import { tool } from '../desk/tool.ts';
import type { DrillReport, Report } from '../model.ts';

/**
 * Judges a run, or one drill of it, once more by its recorded history alone, and rewrites the run's reports.
 * Answers the exit code.
 */
export async function judge(path: string, stdout: Paper = process.stdout): Promise<number> {
  const { run, folders } = await whatToJudge(fromHere(path));
  const before = await readReport(run).catch(() => undefined);
  const judged: DrillReport[] = [];
  for (const folder of folders) judged.push(await judgeFolder(folder, run));

  // What stood in the report and was not judged now stays: other drills of the run, and merged ones.
  const now = new Set(judged.map(({ folder }) => resolve(run, folder)));
  const others = before?.drills.filter(({ folder }) => !now.has(resolve(run, folder))) ?? [];
  const drills = inOrder([...others, ...judged]);
  const report: Report = {
    schema: 1,
    tool: await tool(),
    ...(before ? headOf(before) : derivedHead(drills)),
    drills,
  };
  await publish(run, report);
  print(stdout, { ...report, drills: inOrder(judged) }, run);
  return exitCode(judged.map(({ status }) => status));
}

async function whatToJudge(folder: string): Promise<{ run: string; folders: readonly string[] }> {
  if (existsSync(join(folder, 'drill.json'))) {
    const inRun = basename(dirname(folder)) === 'drills';
    return { run: inRun ? dirname(dirname(folder)) : folder, folders: [folder] };
  }
  const folders = await drillFolders(folder);
  if (!folders.length)
    throw new BadInput(
      `judging ${folder}: expected the folder of a run (with drills/ in it) or of a drill (with drill.json in it), found ${existsSync(folder) ? 'neither' : 'no such folder'}; runs are in reports/, the last one is reports/latest`,
    );
  return { run: folder, folders };
}

const headOf = ({ seed, command }: Report): Pick<Report, 'seed' | 'command'> => ({ seed, command });

/** A run that ended before its first report: its drills tell how it was started. */
function derivedHead(drills: readonly DrillReport[]): Pick<Report, 'seed' | 'command'> {
  const { seed } = drills[0]!;
  const names = [...new Set(drills.map(({ scenario }) => scenario))];
  const repeat = 1 + Math.max(...drills.map(({ repetition }) => repetition));
  return { seed, command: commandOf(names, seed, repeat) };
}
