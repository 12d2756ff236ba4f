import { aptInstall, whyNoApt } from './apt.mjs';
import { findCommand, run } from './command.mjs';
import { ask, complaint } from './engine-client.mjs';
import { limits } from './limits.mjs';
import { machineLock, withLock } from './lock.mjs';
import { SetUpError, step } from './step.mjs';

/** @typedef {import('./engine-client.mjs').Address} Address */

const REPOSITORY = 'debian';
const SUITE = 'trixie';
const TAG = `${SUITE}-slim`;
const IMAGE = `${REPOSITORY}:${TAG}`;

/** Names of the Debian archive's machines in Go, which an engine uses, by those that Node uses. */
const ARCHITECTURES = /** @type {Record<string, string>} */ ({
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
});

/** What the slim image of the same name leaves out as well; licences stay. */
const LEFT_OUT = [
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/lintian/*',
  'path-exclude=/usr/share/locale/*',
  'path-include=/usr/share/locale/locale.alias',
];
// As in the published image: packages must not start their daemons while an image is built.
const NO_DAEMONS =
  'printf "#!/bin/sh\\nexit 101\\n" > "$1/usr/sbin/policy-rc.d" && chmod 755 "$1/usr/sbin/policy-rc.d"';

/**
 * Makes sure that the image on which all others are built is there.
 * @param {Address} address
 * @param {AbortSignal} signal
 */
export async function ensureBaseImage(address, signal) {
  if (await isThere(address, signal)) return;
  await withLock(machineLock(), signal, async () => {
    if (await isThere(address, signal)) return;
    /** @type {string | undefined} */
    let whyNot;
    await step(`pull ${IMAGE}`, async () => {
      whyNot = await pull(address, signal);
      return whyNot && `not to be had: ${whyNot}`;
    });
    if (whyNot === undefined) return;
    await ensureTools(whyNot, signal);
    await step(`make ${IMAGE} with mmdebstrap from the Debian archive instead`, () => make(address, signal));
  });
}

/**
 * @param {Address} address
 * @param {AbortSignal} signal
 */
async function isThere(address, signal) {
  const { status, body } = await ask(address, 'GET', `/images/${IMAGE}/json`, {
    signal,
    answerMs: limits.pingMs,
  });
  if (status === 200) return true;
  if (status === 404) return false;
  throw new SetUpError(
    `base image: asked ${address.name} for ${IMAGE}, expected 200 or 404, found ${status} ${complaint(body)}; see its log`,
  );
}

/**
 * @param {Address} address
 * @param {AbortSignal} signal
 * @returns {Promise<string | undefined>} why it could not be pulled
 */
async function pull(address, signal) {
  try {
    const { status, body } = await ask(address, 'POST', `/images/create?fromImage=${REPOSITORY}&tag=${TAG}`, {
      signal,
      answerMs: limits.pullAnswerMs,
      silenceMs: limits.pullSilenceMs,
    });
    if (status !== 200) return complaint(body);
    return (
      streamedError(body) ??
      ((await isThere(address, signal)) ? undefined : 'the engine does not have it afterwards')
    );
  } catch (error) {
    signal.throwIfAborted();
    return /** @type {Error} */ (error).message;
  }
}

/**
 * The engine answers 200 before it begins, so that a later failure stands in the stream of its messages.
 * @param {string} body lines of JSON
 * @returns {string | undefined}
 */
function streamedError(body) {
  for (const line of body.split('\n').filter(text => text.includes('"error"'))) {
    try {
      const { error } = JSON.parse(line);
      if (error) return error;
    } catch {
      return line;
    }
  }
  return undefined;
}

/**
 * @param {string} whyNot it was not pulled
 * @param {AbortSignal} signal
 */
async function ensureTools(whyNot, signal) {
  if (findCommand('mmdebstrap')) return;
  const whyNoTools = whyNoApt();
  if (whyNoTools) {
    throw new SetUpError(
      `base image: expected ${IMAGE} from an image registry, found ${whyNot}; it could be made with mmdebstrap, which ` +
        `is not here and cannot be installed (${whyNoTools}). Bring the image from a machine that has it: ` +
        `docker save ${IMAGE} there, docker load here`,
    );
  }
  // Ubuntu has the Debian archive's keys in a package of their own.
  const packages = ['mmdebstrap', 'debian-archive-keyring'];
  await step('apt-get install mmdebstrap', () => aptInstall(packages, signal));
}

/**
 * Streams a new Debian system into the engine.
 * @param {Address} address
 * @param {AbortSignal} signal
 */
async function make(address, signal) {
  await refuseForeignEngine(address, signal);
  const exclusions = LEFT_OUT.map(option => `--dpkgopt=${option}`);
  const hook = `--customize-hook=${NO_DAEMONS}`;
  // mmdebstrap would remove its own file of that name, and ours with it.
  const hooks = [hook, '--skip=chroot/policy-rc.d'];
  const args = ['--variant=minbase', '--include=ca-certificates', ...exclusions, ...hooks, SUITE, '-'];
  const query = new URLSearchParams({
    fromSrc: '-',
    repo: REPOSITORY,
    tag: TAG,
    message: 'made by mmdebstrap from the Debian archive',
    changes: 'CMD ["bash"]',
  });
  const { status, body } = await ask(address, 'POST', `/images/create?${query}`, {
    signal,
    answerMs: limits.importMs,
    send: request => stream(request, args, signal),
  });
  const why = status === 200 ? streamedError(body) : complaint(body);
  if (why !== undefined || !(await isThere(address, signal))) {
    throw new SetUpError(
      `base image: imported ${IMAGE} into ${address.name}, expected to find it there, found ${why ?? 'no such image'}; ` +
        "see the engine's log and its free disk space",
    );
  }
}

/**
 * The request is ended only after a success: one that is broken off leaves no image behind.
 * @param {import('node:http').ClientRequest} request
 * @param {readonly string[]} args
 * @param {AbortSignal} signal
 */
async function stream(request, args, signal) {
  const refused = new AbortController();
  for (const event of ['response', 'close']) request.once(event, () => refused.abort());
  try {
    const output = (/** @type {import('node:stream').Readable} */ stdout) =>
      void stdout.pipe(request, { end: false });
    await run('mmdebstrap', args, { signal: AbortSignal.any([signal, refused.signal]), output });
    request.end();
  } catch (error) {
    // Then the engine's answer says why.
    if (refused.signal.aborted && !signal.aborted) return;
    request.destroy();
    throw error;
  }
}

/**
 * mmdebstrap makes a system for the machine that it runs on.
 * @param {Address} address
 * @param {AbortSignal} signal
 */
async function refuseForeignEngine(address, signal) {
  const { body } = await ask(address, 'GET', '/version', { signal, answerMs: limits.pingMs });
  const theirs = JSON.parse(body).Arch;
  const ours = ARCHITECTURES[process.arch] ?? process.arch;
  if (theirs === ours) return;
  throw new SetUpError(
    `base image: ${IMAGE} can be made here for ${ours}, but the engine at ${address.name} runs ${theirs}; ` +
      `load the image into it from a machine that has it`,
  );
}
