/**
 * Installs what the project needs and the machine lacks. Usage: main.mjs [packages]; with `packages` it stops at the
 * npm packages, for commands that need no Docker.
 *
 * It runs before node_modules exist, so it has no dependencies, and on Node 20, so it is no TypeScript.
 */
import { fileURLToPath } from 'node:url';
import { ensureBaseImage } from './base-image.mjs';
import { ensureEngine } from './engine.mjs';
import { ensurePackages } from './packages.mjs';
import { SetUpError } from './step.mjs';

const EXIT_COULD_NOT_RUN = 3;
const SIGNALS = /** @type {const} */ ({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 });
const root = fileURLToPath(new URL('../..', import.meta.url));

/** @param {AbortSignal} signal */
async function setUp(signal) {
  const [extent] = process.argv.slice(2);
  if (extent !== undefined && extent !== 'packages') {
    throw new SetUpError(`expected no argument or "packages", found ${extent}`);
  }
  await ensurePackages(root, signal);
  if (extent === 'packages') return;
  const address = await ensureEngine(process.env, signal);
  await ensureBaseImage(address, signal);
}

const interrupt = new AbortController();
for (const [name, code] of Object.entries(SIGNALS)) {
  process.on(name, () => {
    // The second one does not wait for what is being broken off.
    if (interrupt.signal.aborted) process.exit(code);
    process.exitCode = code;
    interrupt.abort();
  });
}

try {
  await setUp(interrupt.signal);
} catch (error) {
  if (interrupt.signal.aborted) {
    process.stderr.write('set-up: interrupted; the next run goes on from here\n');
  } else {
    process.stderr.write(
      `set-up: ${error instanceof SetUpError ? error.message : /** @type {Error} */ (error).stack}\n`,
    );
    process.exitCode = EXIT_COULD_NOT_RUN;
  }
}
