import { parentPort, workerData } from 'node:worker_threads';
import { load } from '../catalog.ts';
import { Columns, transferables } from '../history/columns.ts';
import type { Bench, Operation, Stream } from '../model.ts';
import type { BatchMessage, ThreadData } from './messages.ts';

// The entry of a workload's own thread. Everything it has recorded is posted before it ends.

/** Short enough for live progress, long enough that posting costs nothing. */
const postEveryMs = 250;
const postRows = 8_192;

/**
 * Whole microseconds since `zeroNs` of CLOCK_MONOTONIC. performance.now() reads the same clock without making a bigint,
 * but counts from the thread's own start: the difference is taken once, as the least of a few, which is the one
 * that was interrupted least.
 */
function clock(zeroNs: bigint): () => number {
  let offsetUs = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 16; n++) {
    const before = performance.now();
    const sinceZeroUs = Number(process.hrtime.bigint() - zeroNs) / 1000;
    offsetUs = Math.min(offsetUs, sinceZeroUs - before * 1000);
  }
  return () => Math.trunc(performance.now() * 1000 + offsetUs);
}

/** Collects rows by stream and posts them in batches. */
class Recorder {
  readonly #port: NonNullable<typeof parentPort>;
  readonly #columns = new Map<Stream, Columns>();

  constructor(port: NonNullable<typeof parentPort>, streams: readonly Stream[]) {
    this.#port = port;
    for (const stream of streams) this.#columns.set(stream, new Columns());
  }

  record(stream: Stream, operation: Operation): void {
    const columns = this.#columns.get(stream);
    if (!columns) {
      const known = [...this.#columns.keys()].join(', ');
      throw new Error(`recording an operation: the workload names the streams ${known}, not '${stream}'`);
    }
    columns.push(operation);
    if (columns.length >= postRows) this.#post(stream, columns);
  }

  post(): void {
    for (const [stream, columns] of this.#columns) this.#post(stream, columns);
  }

  #post(stream: Stream, columns: Columns): void {
    const batch = columns.take();
    if (!batch) return;
    this.#port.postMessage({ stream, batch } satisfies BatchMessage, transferables(batch));
  }
}

async function drive(port: NonNullable<typeof parentPort>, data: ThreadData): Promise<void> {
  const { workload, options, zeroNs, ...settings } = data;
  const { entry, options: chosen } = await load('workloads', workload, options);
  const recorder = new Recorder(port, entry.streams);
  const bench: Bench = { ...settings, nowUs: clock(BigInt(zeroNs)), record: recorder.record.bind(recorder) };
  const stop = new AbortController();
  port.once('message', () => stop.abort());
  const posting = setInterval(() => recorder.post(), postEveryMs);
  try {
    await entry.drive(bench, chosen, stop.signal);
  } finally {
    clearInterval(posting);
    recorder.post();
    // The only thing left that holds the thread: it ends, and what was posted is delivered first.
    port.close();
  }
}

if (parentPort) await drive(parentPort, workerData as ThreadData);
