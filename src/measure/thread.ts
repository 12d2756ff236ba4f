import { Worker } from 'node:worker_threads';
import type { Batch } from '../history/columns.ts';
import { limits } from '../limits.ts';
import type { Stream } from '../model.ts';
import type { BatchMessage, ThreadData } from './messages.ts';

export interface ThreadOptions extends ThreadData {
  /** About each 250 ms for each stream that has rows. The batch is the receiver's own. */
  readonly onBatch: (stream: Stream, batch: Batch) => void;
  /** The thread is gone before it was stopped; what it had posted has been delivered. */
  readonly onError: (error: Error) => void;
}
export interface WorkloadThread {
  /**
   * Sends no more, and resolves when what was in flight has been recorded and delivered.
   * @throws when the thread does not end in time, or had failed.
   */
  stop(): Promise<void>;
  /** Seconds of processor time that the thread has used; after its end, what it had used when it was told to stop. */
  cpuS(): Promise<number>;
}

/** Starts a workload in a thread of its own, so that neither the conductor nor another workload delays its clock. */
export function startWorkload({ onBatch, onError, ...data }: ThreadOptions): WorkloadThread {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: data satisfies ThreadData,
    name: data.workload,
  });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  let failure: Error | undefined;
  let lastCpuS = 0;
  worker.on('message', ({ stream, batch }: BatchMessage) => onBatch(stream, batch));
  worker.once('error', cause => {
    const found = cause instanceof Error ? cause.message : String(cause);
    failure = new Error(`running the workload '${data.workload}': its thread failed: ${found}`, { cause });
  });
  worker.once('exit', code => {
    if (!stopping)
      failure ??= new Error(`running the workload '${data.workload}': its thread ended (${code})`);
    if (!stopping && failure) onError(failure);
    resolve();
  });
  const cpuS = async () => {
    try {
      const { user, system } = await worker.cpuUsage();
      lastCpuS = (user + system) / 1e6;
    } catch {
      // Not running any more: the last figure stands.
    }
    return lastCpuS;
  };
  const stop = async () => {
    await cpuS();
    worker.postMessage('stop');
    // Twice the time for draining: a thread that takes longer hangs.
    const limit = setTimeout(() => {
      failure ??= new Error(
        `stopping the workload '${data.workload}': it still ran after ${2 * limits.drainMs} ms`,
      );
      worker.terminate();
    }, 2 * limits.drainMs);
    await ended;
    clearTimeout(limit);
    if (failure) throw failure;
  };
  return {
    cpuS,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
