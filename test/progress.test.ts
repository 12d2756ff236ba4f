import { expect, test } from 'vitest';
import { type Progressed, progress } from '../src/progress.ts';

const screen = (isTTY: boolean, columns = 80) => {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => void written.push(text) };
};
const state = (rest: Partial<Progressed> = {}): Progressed => ({
  drill: 'haproxy-patroni-stop #0',
  phase: 'steady',
  elapsedS: 3.2,
  writesPerS: 199.6,
  primary: 'pg1',
  ...rest,
});
const erase = '\r\u001b[2K';

test('on a terminal one line rewrites itself, notes stay above it, and nothing is left at the end', () => {
  const paper = screen(true);
  const live = progress(paper);
  live.show(state());
  live.note('pg2 was promoted');
  live.end();
  const line = 'haproxy-patroni-stop #0    3 s  steady  200 writes/s  primary pg1';
  expect(paper.written).toEqual([erase + line, `${erase}pg2 was promoted\n${line}`, erase]);
});

test('a line never wraps, since a wrapped one could not be erased', () => {
  const paper = screen(true, 30);
  progress(paper).show(state());
  expect(paper.written[0]!.length - erase.length).toBe(29);
});

test('elsewhere a plain line when there is news, and every 10 s when there is none', () => {
  const paper = screen(false);
  const live = progress(paper);
  for (let elapsedS = 0; elapsedS < 21; elapsedS++) live.show(state({ elapsedS }));
  live.show(state({ elapsedS: 21, primary: undefined }));
  live.show(state({ elapsedS: 22, primary: undefined, phase: 'fault' }));
  live.end();
  expect(paper.written.map(line => line.replace('haproxy-patroni-stop #0', ''))).toEqual([
    '    0 s  steady  200 writes/s  primary pg1\n',
    '   10 s  steady  200 writes/s  primary pg1\n',
    '   20 s  steady  200 writes/s  primary pg1\n',
    '   21 s  steady  200 writes/s  primary none\n',
    '   22 s  fault  200 writes/s  primary none\n',
  ]);
  expect(paper.written.join('')).not.toContain('\u001b');
});
