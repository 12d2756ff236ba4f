import { existsSync, writeFileSync } from 'node:fs';
import { aptInstall, whyNoApt } from './apt.mjs';
import { findCommand, run } from './command.mjs';
import { PID_FILE, runningDaemon, startDaemon, waitForEngine } from './dockerd.mjs';
import { ask, complaint, DEFAULT_SOCKET, engineAddress } from './engine-client.mjs';
import { limits } from './limits.mjs';
import { machineLock, withLock } from './lock.mjs';
import { SetUpError, step } from './step.mjs';

/** No file, or one that nobody listens at. */
const ABSENT = ['ENOENT', 'ECONNREFUSED'];

/**
 * Makes sure that an engine answers, and says where.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 * @returns {Promise<import('./engine-client.mjs').Address>}
 */
export async function ensureEngine(env, signal) {
  const address = engineAddress(env);
  if (await answers(address, Boolean(env.DOCKER_HOST), signal)) return address;
  const whyNot = whyNoApt();
  if (whyNot)
    throw new SetUpError(`${nobodyAt(address)}, and it cannot be started from here: ${whyNot}; ${advice()}`);
  await withLock(machineLock(), signal, async () => {
    if (await answers(address, false, signal)) return;
    const isNew = !findCommand('dockerd');
    if (isNew) {
      await step('no Docker engine here: apt-get install docker.io', () =>
        aptInstall(['docker.io', 'iptables'], signal),
      );
    }
    await start(address, isNew, signal);
  });
  return address;
}

/**
 * @param {import('./engine-client.mjs').Address} address
 * @param {boolean} chosen the user named it, so that nothing may be installed in its place
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} false when there is none
 * @throws SetUpError when there is something else than a sound engine
 */
async function answers(address, chosen, signal) {
  try {
    const { status, body } = await ask(address, 'GET', '/_ping', { signal, answerMs: limits.pingMs });
    if (status === 200) return true;
    throw new SetUpError(
      `Docker engine: asked ${address.name} for /_ping, expected 200, found ${status} ${complaint(body)}; see its log`,
    );
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof SetUpError) throw cause;
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (cause);
    if (code === 'EACCES') throw new SetUpError(forbidden(address), { cause });
    if (!chosen && ABSENT.includes(code ?? '')) return false;
    const next = chosen ? 'start that engine, or unset DOCKER_HOST' : 'see its log, or restart it';
    const named = chosen ? ' (named by DOCKER_HOST)' : '';
    throw new SetUpError(
      `Docker engine: expected an answer from ${address.name}${named}, found ${message}; ${next}`,
      {
        cause,
      },
    );
  }
}

/** @param {import('./engine-client.mjs').Address} address */
function forbidden(address) {
  const user = process.env.USER ?? process.env.LOGNAME ?? '$USER';
  return (
    `Docker engine: this user may not use ${address.name}; as root: usermod -aG docker ${user} ` +
    '(members of the group docker have the power of root), then log in again'
  );
}

/** @param {import('./engine-client.mjs').Address} address */
function nobodyAt(address) {
  return `Docker engine: expected one at ${address.name}, found none`;
}

function advice() {
  if (process.platform === 'darwin') {
    return 'start Docker Desktop, Colima or the like, and name its socket in DOCKER_HOST if it is another one';
  }
  if (findCommand('systemctl') && findCommand('dockerd')) return 'run: sudo systemctl start docker';
  return 'install and start a Docker engine, or name one in DOCKER_HOST';
}

/**
 * Starts the engine that is installed but does not run: by systemd, else by hand.
 * @param {import('./engine-client.mjs').Address} address
 * @param {boolean} isNew installed just now, so that whatever starts it does so for us
 * @param {AbortSignal} signal
 */
async function start(address, isNew, signal) {
  // On its way up it may refuse or keep silent in several ways.
  const isUp = () => answers(address, false, signal).catch(() => signal.throwIfAborted() ?? false);
  // That it is PID 1 is told by this folder, as sd_booted(3) has it. systemd being installed says nothing.
  if (existsSync('/run/systemd/system')) {
    if (await isUp()) return;
    await step('systemctl start docker', async () => {
      await run('systemctl', ['start', 'docker'], { signal });
      await waitForEngine(isUp, signal, 'journalctl -u docker');
    });
    return;
  }
  // The package's init script may have started it, unless policy-rc.d forbids that, as it does in most containers.
  const pid = runningDaemon();
  if (pid !== undefined) {
    if (isNew) writeFileSync(PID_FILE, `${pid}\n`);
    await step('the Docker engine starts', () => waitForEngine(isUp, signal, '/var/log/docker.log'));
    return;
  }
  await startDaemon({ args: ['--host', `unix://${DEFAULT_SOCKET}`], isUp, signal });
}
