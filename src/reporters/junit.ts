import type { DrillReport, Reporter, Verdict } from '../model.ts';
import { measureRows, moment, title } from '../phrase.ts';

export default {
  about: 'JUnit XML, which CI systems show as tests: a suite a drill, a case a check.',
  file: 'junit.xml',
  render: report =>
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites name="failover-drill"${counts(report.drills.flatMap(casesOf))}>`,
      ...report.drills.map(suite),
      '</testsuites>',
      '',
    ].join('\n'),
} satisfies Reporter;

type Case = Pick<Verdict, 'check' | 'status' | 'summary' | 'doubts' | 'measures' | 'bounds'>;

/** A drill that no check judged would be an empty suite, which CI systems show as green. */
function casesOf(drill: DrillReport): readonly Case[] {
  if (drill.verdicts.length) return drill.verdicts;
  const { status, summary } = drill;
  return [{ check: 'drill', status, summary, doubts: [], measures: {}, bounds: {} }];
}

function suite(drill: DrillReport): string {
  const cases = casesOf(drill);
  const properties: [string, string][] = [
    ['id', drill.id],
    ['strategy', drill.strategy],
    ['app', drill.app],
    ['faults', drill.faults.join(', ')],
    ['seed', String(drill.seed)],
    ['folder', drill.folder],
    ...Object.entries(drill.versions).map(([name, version]): [string, string] => [
      `version.${name}`,
      version,
    ]),
    ...drill.startUp.map(({ step, atMs }): [string, string] => [`start-up.${step}`, `${atMs} ms`]),
    ...drill.phases.map(({ name, atMs }): [string, string] => [`phase.${name}`, moment(atMs)]),
  ];
  return [
    `  <testsuite name="${attribute(title(drill))}"${counts(cases)}>`,
    '    <properties>',
    ...properties.map(
      ([name, value]) => `      <property name="${attribute(name)}" value="${attribute(value)}"/>`,
    ),
    '    </properties>',
    ...cases.map(found => testcase(drill, found)),
    `    <system-out>${content(drill.summary)}</system-out>`,
    '  </testsuite>',
  ].join('\n');
}

function testcase(drill: DrillReport, found: Case): string {
  const open = `    <testcase name="${attribute(found.check)}" classname="${attribute(drill.scenario)}"`;
  if (found.status === 'pass') return `${open}/>`;
  // What cannot be told is no pass: `skipped` would be shown as green.
  const tag = found.status === 'fail' ? 'failure' : 'error';
  const lines = [
    ...found.doubts,
    ...measureRows(found as Verdict).map(
      ({ name, value, bound }) => `${name}: ${value}${bound ? `, expected ${bound}` : ''}`,
    ),
    `evidence: ${drill.folder}`,
  ];
  return [
    `${open}>`,
    `      <${tag} type="${found.status}" message="${attribute(found.summary)}">${content(lines.join('\n'))}</${tag}>`,
    '    </testcase>',
  ].join('\n');
}

function counts(cases: readonly Case[]): string {
  const having = (status: Case['status']) => cases.filter(found => found.status === status).length;
  return ` tests="${cases.length}" failures="${having('fail')}" errors="${having('unknown')}" skipped="0"`;
}

/** XML 1.0 has no way at all to write these characters, not even escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const content = (text: string): string =>
  text.replace(forbidden, '\ufffd').replace(/[&<>]/g, c => ({ '&': '&amp;', '<': '&lt;' })[c] ?? '&gt;');

/** A line break or a tab in an attribute would be read as a space. */
const attribute = (text: string): string =>
  content(text).replace(/["\n\r\t]/g, c => (c === '"' ? '&quot;' : `&#${c.charCodeAt(0)};`));
