import { relative } from 'node:path';
import type { Report } from '../model.ts';
import { draw } from '../reporters/terminal.ts';

/** Where a command's result goes; `process.stdout` is one. */
export interface Paper {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Only terminals have it; it heeds NO_COLOR. */
  hasColors?(): boolean;
  write(text: string): unknown;
}

/** The end of a run for a person to read, and where the files are. */
export function print(paper: Paper, report: Report, folder: string): void {
  const drawing = { colour: paper.hasColors?.() ?? false, columns: paper.columns ?? 100 };
  const near = relative(process.cwd(), folder);
  paper.write(`\n${draw(report, drawing)}Report: ${near && !near.startsWith('..') ? near : folder}\n`);
}
