import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import terminal, { draw } from '../../src/reporters/terminal.ts';
import { failedDrill, sampleDrill, sampleReport, verdict } from './sample.ts';

const escapeCharacter = '\u001b';

test('one drill in full: the sentence, the rates, the phases, the verdicts and the folder', () => {
  const lines = terminal.render(sampleReport()).split('\n');
  expect(lines[0]).toBe(
    'PASS  haproxy-patroni-stop #0: Writes stopped for 3.4 s; nothing that was acknowledged was lost.',
  );
  expect(lines.some(line => /^\+1\.20 s {2}promoted +the election +\(Patroni\)$/.test(line))).toBe(true);
  expect(
    lines.some(line =>
      /^pass +write-outage +writeOutageMs +3\.38 s to 3\.42 s +expected at most 30\.0 s$/.test(line),
    ),
  ).toBe(true);
  expect(lines).toContain('Start-up: network 310 ms, first write 4.21 s');
  expect(lines).toContain('Recorded in drills/haproxy-patroni-stop-0');
  expect(lines.at(-2)).toBe('1 passed; again with: npm run scenario -- haproxy-patroni-stop --seed 7');
});

test('the injection is marked under the second in which the rate falls', () => {
  const lines = terminal.render(sampleReport()).split('\n');
  const top = lines.find(line => /^ +200 ┼/.test(line))!;
  const mark = lines.find(line => line.includes('^ patroni-stop at 0 s'))!;
  // 5 s before the fault stand left of it, and the first of them on the axis.
  expect(mark.indexOf('^') - top.indexOf('┼')).toBe(5);
  expect(top[mark.indexOf('^')]).toBe('╮');
  expect(lines.some(line => line.includes('^ healed at +8.50 s'))).toBe(true);
});

test('a long drill is fitted to the width of the terminal', () => {
  const perS = Array.from({ length: 400 }, () => 200);
  const text = draw(sampleReport([sampleDrill({ writeRate: { fromS: -5, perS } })]), {
    colour: false,
    columns: 80,
  });
  const chart = text.split('\n').filter(line => /[┤┼]/.test(line));
  expect(chart.length).toBeGreaterThan(5);
  for (const line of chart) expect(line.length).toBeLessThanOrEqual(80);
  expect(text).toContain('6 s a column');
});

test('of several drills a table, and in full only what did not pass', () => {
  const text = terminal.render(sampleReport([sampleDrill(), failedDrill()]));
  expect(text).toContain('FAIL  haproxy-node-kill #0');
  expect(text).not.toContain('PASS  haproxy-patroni-stop #0');
  expect(text).toMatch(/^pass +haproxy-patroni-stop #0 +haproxy +3\.38 s to 3\.42 s/m);
  expect(text).toMatch(/^fail +haproxy-node-kill #0 +haproxy +over 41\.0 s/m);
  expect(text).toContain('the watching ended first');
});

test('colours only when they are asked for, and they move no column', () => {
  const report = sampleReport([sampleDrill()]);
  const plain = draw(report, { colour: false, columns: 100 });
  const coloured = draw(report, { colour: true, columns: 100 });
  expect(plain).not.toContain(escapeCharacter);
  expect(coloured).toContain(`${escapeCharacter}[32mPASS`);
  expect(stripVTControlCharacters(coloured)).toBe(plain);
});

test('control characters from outside do not reach the terminal', () => {
  const text = draw(sampleReport([failedDrill()]), { colour: false, columns: 100 });
  expect(text).not.toContain(escapeCharacter);
  expect(text).not.toContain('\u0000');
});

test('a drill of which nothing was recorded has no chart, and says what it is', () => {
  const text = terminal.render(
    sampleReport([
      sampleDrill({
        status: 'unknown',
        summary: 'It was stopped.',
        verdicts: [],
        phases: [],
        startUp: [],
        writeRate: { fromS: 0, perS: [] },
      }),
    ]),
  );
  expect(text).toContain('UNKNOWN  haproxy-patroni-stop #0: It was stopped.');
  expect(text).not.toContain('writes/s');
});

test('what several verdicts doubt is said once', () => {
  const doubts = ['facts.arrow is missing'];
  const verdicts = ['a', 'b'].map(check =>
    verdict(check, 'unknown', { summary: `${check} is open`, doubts }),
  );
  const text = terminal.render(sampleReport([sampleDrill({ status: 'unknown', verdicts })]));
  expect(text.split('facts.arrow is missing')).toHaveLength(2);
  expect(text).toContain('b: b is open');
});
