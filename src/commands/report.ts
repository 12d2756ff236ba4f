import { mkdir } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { exitCode } from '../desk/exit.ts';
import { type Paper, print } from '../desk/print.ts';
import { inOrder, publish, readReport } from '../desk/publish.ts';
import { fromHere } from '../desk/run-folder.ts';
import { tool } from '../desk/tool.ts';
import type { DrillReport, Report } from '../model.ts';

/**
 * Puts the reports of several runs into one, by default into the first's folder. A drill is known by where it was
 * recorded, so that merging twice is merging once. Answers the exit code.
 */
export async function report(
  paths: readonly string[],
  { out }: { readonly out: string | undefined },
  stdout: Paper = process.stdout,
): Promise<number> {
  const folders = paths.map(path => fromHere(path));
  const target = out === undefined ? folders[0]! : fromHere(out);
  const reports = await Promise.all(folders.map(readReport));
  const merged = merge(
    reports.map((each, index) => ({ report: each, folder: folders[index]! })),
    target,
    await tool(),
  );
  await mkdir(target, { recursive: true });
  await publish(target, merged);
  print(stdout, merged, target);
  return exitCode(merged.drills.map(({ status }) => status));
}

/** Folders of drills are told from the new report's place; the later of two reports on one drill holds. */
export function merge(
  runs: readonly { readonly report: Report; readonly folder: string }[],
  target: string,
  tool: string,
): Report {
  const drills = new Map<string, DrillReport>();
  for (const { report: each, folder } of runs)
    for (const drill of each.drills) {
      const recorded = resolve(folder, drill.folder);
      drills.set(recorded, { ...drill, folder: relative(target, recorded) || '.' });
    }
  const commands = [...new Set(runs.map(run => run.report.command))];
  return {
    schema: 1,
    tool,
    seed: runs[0]!.report.seed,
    command: commands.join(' && '),
    drills: inOrder(drills.values()),
  };
}
