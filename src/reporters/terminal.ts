import { stripVTControlCharacters, styleText } from 'node:util';
import asciichart from 'asciichart';
import type { DrillReport, Report, Reporter, Status, Verdict } from '../model.ts';
import { counted, duration, measureRows, moment, reasons, said, title } from '../phrase.ts';

export interface Drawing {
  readonly colour: boolean;
  /** Of the terminal; nothing but a long sentence is wider. */
  readonly columns: number;
}

export default {
  about: 'Plain text, as it is printed when a run has ended: rate chart, phases, verdicts.',
  file: 'summary.txt',
  render: report => draw(report, { colour: false, columns: 120 }),
} satisfies Reporter;

/** One drill in full; of several a table first, then in full those that did not pass. */
export function draw(report: Report, drawing: Drawing): string {
  const { drills, command } = harmless(report);
  const single = drills.length === 1;
  const inFull = single ? drills : drills.filter(drill => drill.status !== 'pass');
  return `${[
    ...inFull.map(drill => block(drill, drawing)),
    ...(single ? [] : [overview(drills, drawing)]),
    `${counted(drills)}; again with: ${command}`,
  ].join('\n\n')}\n`;
}

/** What servers said may hold line breaks, and characters that steer a terminal. */
const harmless = (report: Report): Report =>
  JSON.parse(JSON.stringify(report), (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(/\s*\p{Cc}+\s*/gu, ' ') : value,
  );

function block(drill: DrillReport, drawing: Drawing): string {
  const parts = [
    `${paint(drill.status, drill.status.toUpperCase(), drawing)}  ${title(drill)}: ${drill.summary}`,
    chart(drill, drawing.columns),
    columns(
      drill.phases.map(({ name, atMs, waitedFor, governedBy }) => [
        moment(atMs),
        name,
        waitedFor,
        governedBy && `(${governedBy})`,
      ]),
      [true],
    ),
    columns(drill.verdicts.flatMap(verdict => verdictRows(verdict, drawing))),
    reasons(drill.verdicts)
      .flatMap(({ verdict, doubts }) => [
        `${verdict.check}: ${verdict.summary}`,
        ...doubts.map(doubt => `  ${doubt}`),
      ])
      .join('\n'),
    drill.startUp.length
      ? `Start-up: ${drill.startUp.map(({ step, atMs }) => `${step} ${duration(atMs)}`).join(', ')}`
      : '',
    `Recorded in ${drill.folder}`,
  ];
  return parts.filter(Boolean).join('\n\n');
}

function verdictRows(verdict: Verdict, drawing: Drawing): string[][] {
  const head = [paint(verdict.status, verdict.status.padEnd(7), drawing), verdict.check];
  const measures = measureRows(verdict);
  if (!measures.length) return [head];
  return measures.map(({ name, value, bound }, index) => [
    ...(index ? [' '.repeat(7), ''] : head),
    name,
    value,
    bound && `expected ${bound}`,
  ]);
}

function overview(drills: readonly DrillReport[], drawing: Drawing): string {
  const head = [
    '',
    'drill',
    'strategy',
    'writes stopped',
    'reads stopped',
    'acknowledged',
    'lost',
    'split brain',
  ];
  const rows = drills.map(drill => [
    paint(drill.status, drill.status.padEnd(7), drawing),
    title(drill),
    drill.strategy,
    said(drill, 'writeOutageMs'),
    said(drill, 'readOutageMs'),
    said(drill, 'acknowledged'),
    said(drill, 'lost'),
    said(drill, 'splitBrainMs'),
  ]);
  return columns([head, ...rows]);
}

const chartRows = 8;
const labelWidth = 6;

/** Acknowledged writes by second; below it where the fault was injected and, when it is known, healed. */
function chart({ writeRate: { fromS, perS }, faults, phases }: DrillReport, width: number): string {
  if (perS.length < 2) return '';
  // A second a column, or as many seconds as make it fit.
  const room = Math.max(20, width - labelWidth - 3);
  const secondsEach = Math.ceil(perS.length / room);
  const rates: number[] = [];
  for (let at = 0; at < perS.length; at += secondsEach) {
    const slice = perS.slice(at, at + secondsEach);
    rates.push(slice.reduce((sum, rate) => sum + rate, 0) / slice.length);
  }
  const plotted = asciichart.plot(rates, {
    min: 0,
    height: chartRows,
    format: value => value.toFixed(0).padStart(labelWidth),
  });
  // The first rate stands on the axis itself.
  const axis = labelWidth + 1;
  const column = (atS: number) => axis + Math.round((atS - fromS) / secondsEach);
  const marks = [{ at: column(0), word: `${faults.join(', ') || 'fault'} at 0 s` }];
  const healed = phases.find(({ name }) => name === 'healed');
  if (healed) marks.push({ at: column(healed.atMs / 1_000), word: `healed at ${moment(healed.atMs)}` });
  const lines = marks
    .filter(({ at }) => at >= axis && at < axis + rates.length)
    .map(({ at, word }) => `${' '.repeat(at)}^ ${word}`);
  const each = secondsEach === 1 ? '' : `, ${secondsEach} s a column`;
  return [
    `acknowledged writes/s from ${moment(fromS * 1_000)}${each}`,
    plotted.replace(/ +$/gm, ''),
    ...lines,
  ].join('\n');
}

/** Rows set in columns; `rightAligned` by index. */
function columns(rows: readonly (readonly string[])[], rightAligned: readonly boolean[] = []): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, visible(cell));
    });
  return rows
    .map(row =>
      row
        .map((cell, index) => {
          const space = ' '.repeat(widths[index]! - visible(cell));
          return rightAligned[index] ? space + cell : cell + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Without the colours, which take no room. */
const visible = (text: string): number => stripVTControlCharacters(text).length;

const colours = { pass: 'green', fail: 'red', unknown: 'yellow' } as const;
const paint = (status: Status, text: string, { colour }: Drawing): string =>
  colour ? styleText(colours[status], text, { validateStream: false }) : text;
