import { mkdir, mkdtemp, readdir, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BadInput } from '../../src/bad-input.ts';
import { exitCode } from '../../src/desk/exit.ts';
import { explain } from '../../src/desk/explain.ts';
import { interruptible } from '../../src/desk/interrupt.ts';
import { createRunFolder, fromHere, pointLatest, runName } from '../../src/desk/run-folder.ts';
import type { Status } from '../../src/model.ts';

test.each<[Status[], boolean, number]>([
  [['pass', 'pass'], true, 0],
  [['pass', 'fail', 'unknown'], true, 1],
  [['fail'], false, 1],
  [['pass', 'unknown'], true, 3],
  [['unknown'], true, 3],
  [['pass'], false, 3],
  [[], true, 3],
])('%j, complete %s: exit code %i', (statuses, complete, code) => {
  expect(exitCode(statuses, complete)).toBe(code);
});

describe('a run and its folder', () => {
  let reports: string;
  beforeEach(async () => {
    reports = await realpath(await mkdtemp(join(tmpdir(), 'reports-')));
  });
  afterEach(() => rm(reports, { recursive: true }));

  test('is named by time and scenario', () => {
    const now = new Date('2025-11-21T04:39:07.123Z');
    expect(runName(['a'], now)).toBe('2025-11-21T04-39-07Z-a');
    expect(runName(['a', 'b', 'c'], now)).toBe('2025-11-21T04-39-07Z-a-and-2-more');
  });

  test('two runs in one second have a folder each', async () => {
    const folders = await Promise.all([1, 2, 3].map(() => createRunFolder(['a'], undefined, reports)));
    expect(new Set(folders).size).toBe(3);
    for (const folder of folders) expect(await readdir(folder)).toEqual(['drills']);
  });

  test('a folder that was asked for is made, or refused when something is in it', async () => {
    const out = join(reports, 'deep', 'out');
    expect(await createRunFolder(['a'], out)).toBe(out);
    await expect(createRunFolder(['a'], out)).rejects.toThrow(BadInput);
    await writeFile(join(reports, 'file'), '');
    await expect(createRunFolder(['a'], join(reports, 'file'))).rejects.toThrow(/expected a folder/);
  });

  test('latest points at the last one, also after it pointed elsewhere', async () => {
    await mkdir(join(reports, 'one'));
    await pointLatest(join(reports, 'one'), reports);
    expect(await readlink(join(reports, 'latest'))).toBe('one');
    await pointLatest('/elsewhere/two', reports);
    expect(await readlink(join(reports, 'latest'))).toBe('/elsewhere/two');
    expect((await readdir(reports)).sort()).toEqual(['latest', 'one']);
  });

  test('a path is meant from where npm was called, and from here otherwise', () => {
    expect(fromHere('x', { npm_lifecycle_event: 'drill', INIT_CWD: '/home/me' })).toBe('/home/me/x');
    expect(fromHere('x', { npm_lifecycle_event: 'test', INIT_CWD: '/home/me' })).toBe(
      join(process.cwd(), 'x'),
    );
    expect(fromHere('/abs', { npm_lifecycle_event: 'drill', INIT_CWD: '/home/me' })).toBe('/abs');
  });
});

describe('Ctrl-C', () => {
  test('the first aborts, an echo of it does nothing, the second leaves at once', async () => {
    const note = vi.fn();
    const leave = vi.fn();
    using stop = interruptible(note, leave);
    expect(stop.signal.aborted).toBe(false);
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGINT', 'SIGINT');
    expect(stop.signal.aborted).toBe(true);
    expect(note).toHaveBeenCalledOnce();
    expect(leave).not.toHaveBeenCalled();
    await sleep(350);
    process.emit('SIGINT', 'SIGINT');
    expect(leave).toHaveBeenCalledExactlyOnceWith(130);
  });
  test('nothing listens any more when the run is over', () => {
    const before = process.listenerCount('SIGINT');
    {
      using _stop = interruptible(() => {});
      expect(process.listenerCount('SIGINT')).toBe(before + 1);
    }
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});

describe('an error is told', () => {
  test('with its causes, a line each, and without a stack', () => {
    const root = new Error('connect ECONNREFUSED');
    const error = new Error('starting pg1: no answer', { cause: new Error('asking', { cause: root }) });
    expect(explain(error)).toBe(
      'starting pg1: no answer\n  because: asking\n  because: connect ECONNREFUSED',
    );
  });
  test('once, when the message quotes its cause already', () => {
    expect(explain(new Error('asking: refused', { cause: new Error('refused') }))).toBe('asking: refused');
  });
  test('with the stack when the defect is ours', () => {
    expect(explain(new TypeError('x is not a function'))).toMatch(/x is not a function\n\s+at /);
  });
  test('whole when there are several, and when they go round in a circle', () => {
    const error = new AggregateError([new Error('one'), new Error('two')], 'both failed');
    error.cause = error;
    expect(explain(error)).toBe('both failed\n  - one\n  - two');
  });
});
