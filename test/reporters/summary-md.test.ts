import { expect, test } from 'vitest';
import summary from '../../src/reporters/summary-md.ts';
import { failedDrill, sampleDrill, sampleReport } from './sample.ts';

/** The cells of a table's rows, told apart by the bars that are not escaped. */
const cells = (line: string) =>
  line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map(cell => cell.trim());

test('the phases, the verdicts with their bounds, and the start-up of a drill', () => {
  const lines = summary.render(sampleReport()).split('\n');
  expect(lines[0]).toBe('# Failover drills: 1 passed');
  expect(lines).toContain('| promoted | +1.20 s | 2 ms | the election | Patroni |');
  expect(lines).toContain('| write-outage | pass | writeOutageMs | 3.38 s to 3.42 s | at most 30.0 s |');
  expect(lines).toContain('| writes | pass | acknowledged | 2300 |  |');
  expect(lines).toContain('|  |  | lost | 0 | at most 0 |');
  expect(lines).toContain('| first write | 4.21 s |');
  expect(lines).toContain('Versions: postgresql 17.6, patroni 4.0.6.');
  expect(lines).toContain('Recorded in `drills/haproxy-patroni-stop-0`.');
});

test('every row of a table has as many cells as its head, whatever stands in them', () => {
  const lines = summary.render(sampleReport([sampleDrill(), failedDrill()])).split('\n');
  let head = 0;
  let rows = 0;
  lines.forEach((line, index) => {
    if (!line.startsWith('|')) head = 0;
    else if (head === 0) head = cells(line).length;
    else {
      expect(cells(line), `line ${index + 1}: ${line}`).toHaveLength(head);
      rows++;
    }
  });
  expect(rows).toBeGreaterThan(20);
});

test('of what did not pass it says why, and shows some of the evidence', () => {
  const text = summary.render(sampleReport([failedDrill()]));
  expect(text).toContain('- the watching ended first');
  expect(text).toContain('over 41.0 s, still open at the end');
  expect(text).toContain('The first 10 of 12 rows');
});

test('text from outside is shown, not taken for markup', () => {
  const text = summary.render(sampleReport([failedDrill()]));
  expect(text).toContain(
    'a\\|b &lt;i&gt;&amp;"quoted"\' \\`code\\` \\*bold\\* \\_under\\_ \\[link\\](x) second line',
  );
  expect(text).not.toMatch(/<i>/);
});

test.each([
  ['1. first', '1\\. first'],
  ['- a point', '\\- a point'],
  ['# a title', '\\# a title'],
  ['3.4 s', '3.4 s'],
  ['-3 dB', '-3 dB'],
])('a sentence that begins with %j stays a sentence', (sentence, written) => {
  expect(summary.render(sampleReport([sampleDrill({ summary: sentence })])).split('\n')).toContain(written);
});
