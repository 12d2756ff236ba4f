import { exit } from './exit.ts';

/** npm forwards the Ctrl-C that the terminal has sent us as well: within this time both are one. */
const oneKeypressMs = 300;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interruptible extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * The first Ctrl-C aborts the signal, so that faults are healed, the stack is torn down and the report written.
 * The second ends the process at once; the drill's own process then sees its input end and tears itself down.
 */
export function interruptible(
  note: (line: string) => void,
  leave: (code: number) => void = code => process.exit(code),
): Interruptible {
  const controller = new AbortController();
  let firstMs: number | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    const nowMs = performance.now();
    if (firstMs === undefined) {
      firstMs = nowMs;
      note(`${name}: healing, tearing down and reporting; once more to leave at once`);
      controller.abort(new Error(`stopped by ${name}`));
    } else if (nowMs - firstMs > oneKeypressMs) leave(exit.interrupted);
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
