import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { aptInstall, whyNoApt } from './apt.mjs';
import { run } from './command.mjs';
import { withLock } from './lock.mjs';
import { SetUpError, step } from './step.mjs';

const DEPENDENCIES = ['dependencies', 'devDependencies', 'optionalDependencies'];

/**
 * Why `npm ci` is needed, or undefined. npm keeps what it has installed in node_modules/.package-lock.json, written
 * last, so that a broken off installation counts as none.
 *
 * @param {string} root of the checkout
 */
export function whyOutOfDate(root) {
  const wanted = readJson(join(root, 'package-lock.json'));
  if (!wanted)
    throw new SetUpError(`npm packages: expected a package-lock.json in ${root}, found none; restore it`);
  const manifest = readJson(join(root, 'package.json')) ?? {};
  for (const kind of DEPENDENCIES) {
    // npm ci then says which of the two is behind.
    if (!isDeepStrictEqual(manifest[kind] ?? {}, wanted.packages['']?.[kind] ?? {})) {
      return 'package.json was changed';
    }
  }
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return 'not installed';
  for (const [path, entry] of Object.entries(wanted.packages)) {
    if (path === '') continue;
    const found = installed.packages[path];
    // What is made for other systems is in the lock and not here.
    if (!found && (entry.optional || entry.devOptional)) continue;
    if (found?.version !== entry.version || found?.integrity !== entry.integrity) {
      return `${path.replace('node_modules/', '')} is not ${entry.version}`;
    }
  }
  return undefined;
}

/**
 * @param {string} file
 * @returns {any} undefined when there is none, or only half of one
 */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * The npm that called us, by the Node that runs it: `npm ci` removes node_modules, and the Node in it, first.
 * @returns {readonly [string, ...string[]]}
 */
function npm() {
  const script = process.env.npm_execpath;
  if (!script || !/^npm(-cli)?\.[cm]?js$/.test(basename(script))) return ['npm'];
  return [process.env.npm_node_execpath ?? process.execPath, script];
}

/**
 * @param {string} root
 * @param {AbortSignal} signal
 */
export async function ensurePackages(root, signal) {
  const isReady = async () => !whyOutOfDate(root) && !(await whyRuntimeFails(root, signal));
  if (await isReady()) return;
  await withLock(join(root, '.cache', 'set-up.lock'), signal, async () => {
    if (await isReady()) return;
    await ensureAtomics(signal);
    const why = whyOutOfDate(root);
    if (why) await step(`npm packages (${why})`, () => install(root, signal));
    const cause = await whyRuntimeFails(root, signal);
    if (!cause) return;
    throw new SetUpError(
      `npm packages: expected ${runtime(root)} to run, found:\n${cause.message}\n` +
        'install what it misses (on Debian and Ubuntu: apt-get install libatomic1 libstdc++6), ' +
        'or remove node_modules and run this again',
      { cause },
    );
  });
}

/**
 * @param {string} root
 * @param {AbortSignal} signal
 */
async function install(root, signal) {
  const [file, ...args] = npm();
  // Flags, because a user's settings (production, --silent) would leave out half, or say nothing when it fails.
  const flags = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  // Broken off while it removes the old packages, npm might leave its list of what is installed.
  rmSync(join(root, 'node_modules', '.package-lock.json'), { force: true });
  // When asked to end, npm goes on for as long as it takes to install; what it leaves is removed by the next `npm ci`.
  await run(file, [...args, 'ci', ...flags], { signal, cwd: root, endBy: 'SIGKILL' });
}

/** @param {string} root */
function runtime(root) {
  return join(root, 'node_modules', '.bin', 'node');
}

/**
 * Undefined when the installed runtime runs.
 * @param {string} root
 * @param {AbortSignal} signal
 * @returns {Promise<Error | undefined>}
 */
async function whyRuntimeFails(root, signal) {
  try {
    await run(runtime(root), ['--version'], { signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return /** @type {Error} */ (error);
  }
}

/**
 * Node 26 is linked with libatomic, which a small Debian lacks. It comes before the packages, because their install
 * scripts already run by the new Node. Where it cannot be installed, the new Node's own message tells.
 * @param {AbortSignal} signal
 */
async function ensureAtomics(signal) {
  if (whyNoApt() || hasLibrary('libatomic.so.1')) return;
  await step('apt-get install libatomic1 (Node 26 needs it)', () => aptInstall(['libatomic1'], signal));
}

/**
 * Debian keeps libraries in one folder for each kind of machine, such as /usr/lib/x86_64-linux-gnu.
 * @param {string} name
 */
function hasLibrary(name) {
  return readdirSync('/usr/lib')
    .filter(folder => folder.includes('-linux-gnu'))
    .some(folder => existsSync(join('/usr/lib', folder, name)));
}
