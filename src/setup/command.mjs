import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { keepLocksFor } from './lock.mjs';
import { SetUpError } from './step.mjs';

// A root shell that came through `su` may lack these, and dpkg refuses to work without them.
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const TAIL_LINES = 20;

/** The search path with the system's own folders behind it. */
export function systemPath() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return [...folders, ...SYSTEM_FOLDERS.filter(folder => !folders.includes(folder))].join(delimiter);
}

/**
 * Where a command is, or undefined.
 * @param {string} name
 */
export function findCommand(name) {
  return systemPath()
    .split(delimiter)
    .filter(Boolean)
    .map(folder => join(folder, name))
    .find(isExecutable);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * The last lines of a command's output, indented for a message.
 * @param {string} text
 */
export function lastLines(text) {
  const lines = text.trimEnd().split('\n').slice(-TAIL_LINES);
  return lines.map(line => `  | ${line.trimEnd()}`).join('\n');
}

/**
 * A child process whose standard error (and output, unless `output` takes it) is kept for the message.
 *
 * When the signal comes, the child is asked to end and is waited for: what it had begun is then either finished or
 * cleaned up by itself, and nothing of it runs on while the next set-up starts.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{
 *   signal: AbortSignal,
 *   cwd?: string,
 *   env?: Record<string, string>,
 *   output?: (stdout: import('node:stream').Readable) => void,
 *   endBy?: NodeJS.Signals,
 * }} options
 * @returns {Promise<string>} what it printed
 * @throws SetUpError with the last 20 lines, unless it ends with 0
 */
export async function run(file, args, { signal, cwd, env, output, endBy = 'SIGTERM' }) {
  signal.throwIfAborted();
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, PATH: systemPath(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: mmdebstrap and apt-get wait for their children, so that these have to hear of the end too.
    detached: true,
  });
  if (child.pid) keepLocksFor(child.pid);
  let printed = '';
  const keep = (/** @type {Buffer} */ chunk) => {
    printed = (printed + chunk).slice(-64 * 1024);
  };
  child.stderr.on('data', keep);
  if (output) output(child.stdout);
  else child.stdout.on('data', keep);

  const end = () => {
    if (child.pid) endGroup(child.pid, endBy);
    // Output that nobody takes any more would keep the child from being seen to end.
    child.stdout.unpipe();
    child.stdout.resume();
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const found = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, killed) => resolve(killed ? `signal ${killed}` : `exit ${code}`));
    });
    signal.throwIfAborted();
    if (found === 'exit 0') return printed;
    throw new SetUpError(
      `${[file, ...args].join(' ')}: expected exit 0, found ${found}; its last lines:\n${lastLines(printed)}`,
    );
  } catch (cause) {
    if (signal.aborted || cause instanceof SetUpError) throw cause;
    throw new SetUpError(`${file}: could not be started: ${/** @type {Error} */ (cause).message}`, { cause });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/**
 * Asks a process and its descendants to end.
 * @param {number} leader of the process group
 * @param {NodeJS.Signals} by
 */
function endGroup(leader, by) {
  try {
    process.kill(-leader, by);
  } catch (error) {
    // It ended by itself in the meantime.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}
