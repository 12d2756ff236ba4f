import { readFileSync } from 'node:fs';

/**
 * What /proc/PID/stat says: undefined where there is none (gone, or not Linux).
 * @param {number} pid
 */
function status(pid) {
  try {
    // The name stands in parentheses and may itself hold spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    const [state, ...rest] = stat.slice(end + 2).split(' ');
    return { name: stat.slice(stat.indexOf('(') + 1, end), state, startedTicks: rest[18] };
  } catch {
    return undefined;
  }
}

/**
 * A process by its id and, where the system tells it, its start: an id alone is given again after a while.
 * @param {number} pid
 */
export function identity(pid) {
  const found = status(pid);
  return found ? `${pid} ${found.startedTicks}` : `${pid}`;
}

/** @param {string} identified as `identity` has it */
export function isAlive(identified) {
  const pid = Number(identified.split(' ')[0]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM means that it lives, as another user.
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
  }
  // One that has ended, and whose parent has not asked how, still has an id.
  return identity(pid) === identified && status(pid)?.state !== 'Z';
}

/**
 * The name of the program that a living process runs. Linux only.
 * @param {number} pid
 */
export function programOf(pid) {
  const found = status(pid);
  return found?.state === 'Z' ? undefined : found?.name;
}
