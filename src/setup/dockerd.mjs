import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findCommand, lastLines, systemPath } from './command.mjs';
import { limits } from './limits.mjs';
import { programOf } from './process.mjs';
import { SetUpError, step } from './step.mjs';

/** Ours: who started the engine can also stop it. */
export const PID_FILE = '/run/failover-drill-dockerd.pid';
const LOG = '/var/log/failover-drill-dockerd.log';
/** dockerd's own. */
const DOCKER_PID_FILE = '/var/run/docker.pid';
const POLL_MS = 50;

/**
 * Waits until the engine answers.
 *
 * @param {() => Promise<boolean>} isUp
 * @param {AbortSignal} signal
 * @param {string} log where the reader should look
 * @param {() => string | undefined} whyNever tells that it has ended
 */
export async function waitForEngine(isUp, signal, log, whyNever = () => undefined) {
  const from = performance.now();
  while (!(await isUp())) {
    const why = whyNever();
    if (why) throw new SetUpError(why);
    if (performance.now() - from > limits.engineStartMs) {
      throw new SetUpError(
        `Docker engine: started, expected an answer within ${limits.engineStartMs / 1000} s, found none; see ${log}`,
      );
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

/**
 * The id of a dockerd that already runs (on its way up, if it does not answer yet), by its own pid file.
 * Removes the file when it is stale: where the system has given that id to another process since, the next dockerd
 * would refuse to start.
 */
export function runningDaemon() {
  const pid = readPid(DOCKER_PID_FILE);
  if (pid === undefined) return undefined;
  if (programOf(pid) === 'dockerd') return pid;
  rmSync(DOCKER_PID_FILE, { force: true });
  return undefined;
}

/** @param {string} file */
function readPid(file) {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Starts dockerd in a session of its own, so that it outlives the command that needed it.
 *
 * @param {{
 *   args: readonly string[],
 *   isUp: () => Promise<boolean>,
 *   signal: AbortSignal,
 *   dockerd?: string,
 *   log?: string,
 *   pidFile?: string,
 * }} options
 */
export async function startDaemon(options) {
  const { args, isUp, signal, dockerd = findCommand('dockerd'), log = LOG, pidFile = PID_FILE } = options;
  if (!dockerd)
    throw new SetUpError(
      'Docker engine: expected the command dockerd in PATH, found none; install docker.io',
    );
  await step(
    `start ${dockerd} (no systemd here; log ${log}; stop it with: kill $(cat ${pidFile}))`,
    async () => {
      mkdirSync(dirname(log), { recursive: true });
      const output = openSync(log, 'w', 0o640);
      const child = spawn(dockerd, args, {
        detached: true,
        stdio: ['ignore', output, output],
        cwd: '/',
        env: { ...process.env, PATH: systemPath() },
      });
      /** @type {string | undefined} */
      let ended;
      child.once('error', error => {
        ended = error.message;
      });
      child.once('exit', (code, killed) => {
        ended = killed ?? `exit ${code}`;
      });
      const whyNever = () =>
        ended &&
        `Docker engine: expected ${dockerd} to run, found that it ended (${ended}); ` +
          `the last lines of ${log}:\n${lastLines(readFileSync(log, 'utf8'))}`;
      child.unref();
      if (child.pid) writeFileSync(pidFile, `${child.pid}\n`);
      try {
        await waitForEngine(isUp, signal, log, whyNever);
      } catch (error) {
        if (ended) rmSync(pidFile, { force: true });
        throw error;
      }
    },
  );
}
