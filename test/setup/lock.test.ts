import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';

const lockModule = new URL('../../src/setup/lock.mjs', import.meta.url).href;
const signal = new AbortController().signal;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'set-up-lock-'));
  path = join(folder, 'set-up.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Another set-up: appends `in` and `out` to the journal around its work. */
function contender(workMs: number) {
  const journal = join(folder, 'journal');
  const source = `
    import { appendFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { withLock } from ${JSON.stringify(lockModule)};
    await withLock(${JSON.stringify(path)}, new AbortController().signal, async () => {
      appendFileSync(${JSON.stringify(journal)}, 'in ');
      await sleep(${workMs});
      appendFileSync(${JSON.stringify(journal)}, 'out ');
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'ignore' });
  return { child, ended: once(child, 'exit'), journal };
}

async function untilExists(file: string) {
  for (const end = Date.now() + 10_000; !existsSync(file); await sleep(5)) {
    if (Date.now() > end) throw new Error(`waiting for ${file}: there is none after 10 s`);
  }
}

test('only one at a time, also when all of them find a dead owner', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(path, `${dead} 1\n`);
  const contenders = Array.from({ length: 6 }, () => contender(30));
  const ends = await Promise.all(contenders.map(({ ended }) => ended));
  expect(ends.map(([code]) => code)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(readFileSync(contenders[0]!.journal, 'utf8')).toBe('in out '.repeat(6));
  expect(existsSync(path)).toBe(false);
});

test('takes over when the owner is killed, and waits for a child that it left behind', async () => {
  const { withLock } = await import(lockModule);
  const owner = contender(60_000);
  await untilExists(owner.journal);
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
  const { identity } = await import(new URL('../../src/setup/process.mjs', import.meta.url).href);
  writeFileSync(path, `${readFileSync(path, 'utf8')}${identity(child.pid)}\n`);

  owner.child.kill('SIGKILL');
  await owner.ended;
  let entered = false;
  const mine = withLock(path, signal, async () => {
    entered = true;
  });
  await sleep(400);
  expect(entered).toBe(false);
  child.kill('SIGKILL');
  await mine;
  expect(entered).toBe(true);
});

test('an id that was given to another process is no owner', async () => {
  const { withLock } = await import(lockModule);
  // This process lives, but it did not start one tick after the machine did.
  writeFileSync(path, `${process.pid} 1\n`);
  expect(await withLock(path, signal, async () => 'entered')).toBe('entered');
});

test('is released when the work fails, and waiting ends with the signal', async () => {
  const { withLock } = await import(lockModule);
  const failing = withLock(path, signal, async () => {
    const waiting = withLock(path, AbortSignal.timeout(50), async () => 'entered');
    await expect(waiting).rejects.toThrow(/abort/);
    throw new Error('the work failed');
  });
  await expect(failing).rejects.toThrow('the work failed');
  expect(existsSync(path)).toBe(false);
});
