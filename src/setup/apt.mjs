import { readFileSync } from 'node:fs';
import { findCommand, run } from './command.mjs';
import { SetUpError } from './step.mjs';

/**
 * Why the set-up cannot install packages of the operating system here, or undefined when it can.
 * @returns {string | undefined}
 */
export function whyNoApt() {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Debian or Ubuntu`;
  if (!isDebian(readOsRelease()) || !findCommand('apt-get')) return 'this is not Debian or Ubuntu';
  if (process.getuid?.() !== 0) return 'this user is not root';
  return undefined;
}

/** Fields of os-release(5) are shell assignments, quoted or not. */
function readOsRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

/** @param {string} osRelease */
export function isDebian(osRelease) {
  const names = osRelease.matchAll(/^ID(?:_LIKE)?=["']?([^"'\n]*)/gm);
  return [...names].some(([, value]) => /\b(debian|ubuntu)\b/.test(value ?? ''));
}

/**
 * @param {readonly string[]} packages
 * @param {AbortSignal} signal
 */
export async function aptInstall(packages, signal) {
  const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const patience = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=2'];
  // One foreign source that fails must not stop packages that come from another.
  const stale = await run('apt-get', ['update', '-q', ...patience], { signal, env }).then(
    () => undefined,
    error => {
      signal.throwIfAborted();
      return error;
    },
  );
  const options = [
    '-y',
    '-q',
    '--no-install-recommends',
    '-o',
    'Dpkg::Options::=--force-confold',
    ...patience,
  ];
  const install = () => run('apt-get', ['install', ...options, ...packages], { signal, env });
  try {
    await install().catch(async error => {
      // What an earlier installation left when it was interrupted; apt asks for this command by name.
      if (!error.message.includes('dpkg --configure -a')) throw error;
      await run('dpkg', ['--configure', '-a', '--force-confold'], { signal, env });
      await install();
    });
  } catch (cause) {
    if (!stale || signal.aborted) throw cause;
    throw new SetUpError(`${stale.message}\nand then ${/** @type {Error} */ (cause).message}`, { cause });
  }
}
