export interface OpenLoop {
  readonly everyUs: number;
  readonly nowUs: () => number;
  /** One that is later than this is not sent; the first one due at a waking always is, and shows how late it was. */
  readonly graceUs: number;
  /**
   * Operation `n` is due. `late`: it must not be sent, since it came due while this thread was held up, and firing a
   * backlog would turn the client's stall into the server's load.
   */
  readonly due: (n: number, dueUs: number, late: boolean) => void;
}

/**
 * Calls `due` once for each n from 0, at start + n * everyUs, until the signal. By timers, whose lateness is about a
 * millisecond; nothing spins, since that would take a core from the servers that are measured.
 */
export function openLoop({ everyUs, nowUs, graceUs, due }: OpenLoop, signal: AbortSignal): Promise<void> {
  const startUs = nowUs();
  let n = 0;
  let timer: NodeJS.Timeout | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const wake = () => {
    try {
      const now = nowUs();
      let first = true;
      for (;;) {
        // From the start and not from the one before: rounding must not add up.
        const dueUs = Math.round(startUs + n * everyUs);
        if (dueUs > now) {
          timer = setTimeout(wake, Math.max(1, (dueUs - nowUs()) / 1000));
          return;
        }
        due(n++, dueUs, !first && now - dueUs > graceUs);
        first = false;
      }
    } catch (error) {
      reject(error);
    }
  };
  const stop = () => {
    clearTimeout(timer);
    resolve();
  };
  if (signal.aborted) stop();
  else {
    signal.addEventListener('abort', stop, { once: true });
    wake();
  }
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  });
}
