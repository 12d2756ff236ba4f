/** A set-up that could not be done. The message says what to do next; the command ends with 3 (could not run). */
export class SetUpError extends Error {
  name = 'SetUpError';
}

/**
 * Shows one step with its time, as in `set-up: npm packages ... 14.2 s`. On standard error, so that what a command
 * prints on standard output stays machine-readable.
 *
 * @param {string} what
 * @param {() => Promise<string | void>} work may answer a remark that is shown behind the time
 */
export async function step(what, work) {
  const from = performance.now();
  const seconds = () => `${((performance.now() - from) / 1000).toFixed(1)} s`;
  process.stderr.write(`set-up: ${what} ... `);
  try {
    const remark = await work();
    process.stderr.write(`${seconds()}${remark ? `, ${remark}` : ''}\n`);
  } catch (error) {
    process.stderr.write(`not done after ${seconds()}\n`);
    throw error;
  }
}

/** @param {string} what */
export function say(what) {
  process.stderr.write(`set-up: ${what}\n`);
}
