import type { Batch } from '../history/columns.ts';
import type { LoadSettings, Login, Options, ProbeSettings, Route, Stream } from '../model.ts';

/** What crosses into the thread: plain data. */
export interface ThreadData {
  /** Its file in workloads/, without the ending; with a variant if there is one. */
  readonly workload: string;
  /** What differs from the workload's defaults. */
  readonly options?: Options;
  readonly route: Route;
  readonly login: Login;
  readonly load: LoadSettings;
  readonly probe: ProbeSettings;
  /** 32 bits: the jitter of reconnecting. */
  readonly seed: number;
  /** The drill's start on CLOCK_MONOTONIC, process.hrtime.bigint() in decimal. It has one value in all threads. */
  readonly zeroNs: string;
}
/** What comes back out of it. */
export interface BatchMessage {
  readonly stream: Stream;
  readonly batch: Batch;
}
