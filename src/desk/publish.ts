import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { BadInput } from '../bad-input.ts';
import { list } from '../catalog.ts';
import type { DrillReport, Report } from '../model.ts';
import schema from '../reporters/report.schema.json' with { type: 'json' };

/** Repetitions outermost, as they were run. */
export function inOrder(drills: Iterable<DrillReport>): DrillReport[] {
  return [...drills].sort(
    (a, b) =>
      a.repetition - b.repetition || a.scenario.localeCompare(b.scenario) || a.folder.localeCompare(b.folder),
  );
}

/** The command that runs the same drills again. The first repetition has the run's own seed. */
export function commandOf(scenarios: readonly string[], seed: number, repeat: number): string {
  return `npm run scenario -- ${scenarios.join(' ')} --seed ${seed}${repeat > 1 ? ` --repeat ${repeat}` : ''}`;
}

/** Writes the file of every reporter. A reader sees the old file or the new one, never a half. */
export async function publish(folder: string, report: Report): Promise<void> {
  const reporters = await list('reporters');
  await Promise.all(
    [...reporters.values()].map(async ({ file, render }) => {
      const path = join(folder, file);
      await writeFile(`${path}.${process.pid}`, render(report));
      await rename(`${path}.${process.pid}`, path);
    }),
  );
}

/**
 * The report of a run's folder.
 * @throws BadInput: there is none, or it is not one of ours.
 */
export async function readReport(folder: string): Promise<Report> {
  const file = join(folder, 'report.json');
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new BadInput(
      `reading ${file}: ${(error as Error).message}; \`npm run drill -- judge ${folder}\` makes it from the recorded history`,
      { cause: error },
    );
  }
  const ajv = new Ajv2020({ allowUnionTypes: true });
  const valid = ajv.compile<Report & { $schema?: string }>(schema);
  if (!valid(value)) {
    const [first] = valid.errors ?? [];
    throw new BadInput(
      `reading ${file}: expected a report of schema 1, found that ${first?.instancePath || 'it'} ${first?.message}; \`npm run drill -- judge ${folder}\` writes it anew`,
    );
  }
  const { $schema: _, ...report } = value;
  return report;
}
