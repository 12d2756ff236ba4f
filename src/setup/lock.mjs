import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from './limits.mjs';
import { identity, isAlive } from './process.mjs';
import { SetUpError, say } from './step.mjs';

const POLL_MS = 200;
/** After a lock was found free or abandoned. */
const RETRY_MS = 10;
/** @type {Set<string>} */
const held = new Set();

/** One for all set-ups of a user on this machine: the engine and its images are shared by every checkout. */
export function machineLock() {
  const system = process.getuid?.() === 0 && existsSync('/run');
  const folder = system ? '/run' : (process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'));
  return join(folder, 'failover-drill-set-up.lock');
}

/** @param {string} path */
function owners(path) {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Makes a child an owner of all locks that are held: when its parent is killed, it may still be writing.
 * @param {number} pid
 */
export function keepLocksFor(pid) {
  for (const path of held) appendFileSync(path, `${identity(pid)}\n`);
}

/**
 * Runs the work while no other set-up holds the lock; waits for a living owner, takes over from a dead one.
 *
 * @template T
 * @param {string} path
 * @param {AbortSignal} signal
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, signal, work) {
  await acquire(path, signal);
  held.add(path);
  try {
    return await work();
  } finally {
    held.delete(path);
    rmSync(path, { force: true });
  }
}

/**
 * @param {string} path
 * @param {AbortSignal} signal
 */
async function acquire(path, signal) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${identity(process.pid)}\n`);
  const from = performance.now();
  let told = false;
  try {
    for (;;) {
      if (tryCreate(mine, path)) return;
      const living = owners(path)?.filter(isAlive);
      if (living?.length === 0) takeOver(path);
      else if (living?.[0] && !told) {
        say(`waiting for another set-up (process ${living[0].split(' ')[0]})`);
        told = true;
      }
      if (performance.now() - from > limits.lockMs) {
        throw new SetUpError(
          `waiting for another set-up: expected it to end, found ${path} still held by ${living?.join(', ')} ` +
            `after ${limits.lockMs / 60_000} min; end that process, or remove the file if it is none of a set-up`,
        );
      }
      await sleep(living?.length ? POLL_MS : RETRY_MS, undefined, { signal });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * A link appears at once and with its content, unlike a file that is created and then written.
 * @param {string} content
 * @param {string} path
 */
function tryCreate(content, path) {
  try {
    linkSync(content, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a dead owner's lock. Only one process at a time may: a second one that had looked a moment earlier would
 * remove the lock that the first has just made.
 * @param {string} path
 */
function takeOver(path) {
  const mark = `${path}.takeover`;
  try {
    writeFileSync(mark, '', { flag: 'wx' });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    const age = Date.now() - (statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > limits.takeoverMs) rmSync(mark, { force: true });
    return;
  }
  try {
    if (owners(path)?.some(isAlive) === false) rmSync(path, { force: true });
  } finally {
    rmSync(mark, { force: true });
  }
}
