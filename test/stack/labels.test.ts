import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ownerOf, ownerState } from '../../src/stack/labels.ts';
import { networkLabels } from '../../src/stack/network.ts';

const linux = process.platform === 'linux';

test('this process is alive', () => {
  expect(ownerState(ownerOf(process.pid))).toBe('alive');
});

test('a child is alive, and dead once it was killed', async () => {
  const child = spawn('sleep', ['60']);
  const owner = ownerOf(child.pid!);
  expect(ownerState(owner)).toBe('alive');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(ownerState(owner)).toBe('dead');
});

describe.runIf(linux)('on Linux', () => {
  test('a killed process is dead although its parent has not asked for its status', async () => {
    // `sleep` inherits the shell's child and never waits for it.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
    try {
      const [said] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(said.toString());
      // Not before the shell has become `sleep`: it would collect its child.
      await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8').trim()).toBe('sleep');
      const owner = ownerOf(pid);
      expect(ownerState(owner)).toBe('alive');
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
      expect(ownerState(owner)).toBe('dead');
    } finally {
      parent.kill('SIGKILL');
      await once(parent, 'exit');
    }
  });

  test('a process id that was given to another process is not the owner', () => {
    const [boot, pid, started] = ownerOf(process.pid).split('/');
    expect(ownerState(`${boot}/${pid}/${Number(started) - 1}`)).toBe('dead');
  });

  test('an owner of another boot or machine cannot be asked', () => {
    const [, pid, started] = ownerOf(process.pid).split('/');
    expect(ownerState(`00000000-0000-4000-8000-000000000000/${pid}/${started}`)).toBe('elsewhere');
  });
});

test('a label that is no owner is never alive', () => {
  expect(ownerState('')).toBe('elsewhere');
});

test('what is kept says so', () => {
  const owner = ownerOf(process.pid);
  expect(networkLabels('d', owner, false)).toEqual({
    'failover-drill.drill': 'd',
    'failover-drill.owner': owner,
  });
  expect(networkLabels('d', owner, true)).toHaveProperty('failover-drill.kept', 'true');
});
