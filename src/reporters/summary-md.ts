import type { DrillReport, Report, Reporter, Verdict } from '../model.ts';
import { counted, duration, measureRows, moment, reasons, said, title } from '../phrase.ts';

export default {
  about: 'Markdown for people: one table of all drills, then phases and verdicts of each.',
  file: 'summary.md',
  render: report =>
    `${[
      `# Failover drills: ${counted(report.drills)}`,
      `${code(report.command)} (${plain(report.tool)})`,
      ...(report.drills.length > 1 ? [overview(report)] : []),
      ...report.drills.map(chapter),
    ].join('\n\n')}\n`,
} satisfies Reporter;

/** Evidence beyond these rows is in report.json. */
const evidenceRows = 10;

function overview({ drills }: Report): string {
  return table(
    [
      'drill',
      'verdict',
      'writes stopped',
      'reads stopped',
      'acknowledged',
      'lost',
      'duplicated',
      'split brain',
    ],
    drills.map(drill => [
      title(drill),
      drill.status,
      said(drill, 'writeOutageMs'),
      said(drill, 'readOutageMs'),
      said(drill, 'acknowledged'),
      said(drill, 'lost'),
      said(drill, 'duplicated'),
      said(drill, 'splitBrainMs'),
    ]),
  );
}

function chapter(drill: DrillReport): string {
  const { strategy, app, faults, seed, settings } = drill;
  const { patroni, cluster, load, data } = settings;
  return [
    `## ${plain(title(drill))}: ${drill.status}`,
    plain(drill.summary),
    plain(
      `Strategy ${strategy}, app ${app}, ${faults.join(', ') || 'no fault'}, seed ${seed}; ${cluster.postgres} database machines, ${cluster.etcd} etcd members${cluster.etcdBeside ? ' beside them' : ''}; replication ${patroni.mode}, ttl ${patroni.ttlS} s, loop_wait ${patroni.loopWaitS} s, retry_timeout ${patroni.retryTimeoutS} s; ${load.writesPerS} writes/s over ${load.connections} connections, ${data.rows} rows of data.`,
    ),
    ...(drill.phases.length ? ['### Phases', phaseTable(drill)] : []),
    '### Verdicts',
    drill.verdicts.length ? verdictTable(drill.verdicts) : 'No check has judged this drill.',
    ...reasons(drill.verdicts).flatMap(evidence),
    ...(drill.startUp.length
      ? [
          '### Start-up',
          table(
            ['step', 'done after'],
            drill.startUp.map(({ step, atMs }) => [step, duration(atMs)]),
          ),
        ]
      : []),
    ...(Object.keys(drill.versions).length
      ? [
          plain(
            `Versions: ${Object.entries(drill.versions)
              .map(([name, version]) => `${name} ${version}`)
              .join(', ')}.`,
          ),
        ]
      : []),
    `Recorded in ${code(drill.folder)}.`,
  ].join('\n\n');
}

const phaseTable = ({ phases }: DrillReport): string =>
  table(
    ['phase', 'since the fault', 'within', 'waited for', 'governed by'],
    phases.map(phase => [
      phase.name,
      moment(phase.atMs),
      duration(phase.toMs - phase.fromMs),
      phase.waitedFor,
      phase.governedBy,
    ]),
  );

function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.flatMap(verdict => {
    const measures = measureRows(verdict);
    const first = [verdict.check, verdict.status];
    if (!measures.length) return [[...first, '', '', '']];
    return measures.map(({ name, value, bound }, index) => [
      ...(index ? ['', ''] : first),
      name,
      value,
      bound,
    ]);
  });
  return table(['check', 'verdict', 'measure', 'value', 'expected'], rows);
}

/** Why a verdict is what it is, for those that are no pass. */
function evidence({ verdict, doubts }: ReturnType<typeof reasons>[number]): string[] {
  const lines = [`**${plain(verdict.check)}**: ${plain(verdict.summary)}`];
  if (doubts.length) lines.push(doubts.map(doubt => `- ${plain(doubt)}`).join('\n'));
  if (verdict.evidence.length) {
    const shown = verdict.evidence.slice(0, evidenceRows);
    const columns = [...new Set(shown.flatMap(row => Object.keys(row)))];
    lines.push(
      table(
        columns,
        shown.map(row => columns.map(column => String(row[column] ?? ''))),
      ),
    );
    if (verdict.evidence.length > shown.length)
      lines.push(
        `The first ${shown.length} of ${verdict.evidence.length} rows; the others are in report.json.`,
      );
  }
  return lines;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** What GitHub-flavoured Markdown would take for markup, in the middle of a line as well as at its beginning. */
function plain(text: string): string {
  return text
    .replace(/\s*\p{Cc}+\s*/gu, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replace(
      /^(\s*)([#+-]+|\d+[.)])(?=\s|$)/,
      (_, space, mark) => `${space}${mark.slice(0, -1)}\\${mark.at(-1)}`,
    );
}

/** A code span that may hold back quotes itself: its fence is longer than any row of them inside. */
function code(text: string): string {
  const flat = text.replace(/[\r\n]+/g, ' ');
  const longest = Math.max(0, ...[...flat.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return longest ? `${fence} ${flat} ${fence}` : `${fence}${flat}${fence}`;
}
