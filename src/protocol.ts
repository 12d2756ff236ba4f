import type { Drill } from './model.ts';

/** The desk's one line to the drill, as JSON on its standard input. The end of that input is the end of the drill. */
export interface Orders {
  readonly drill: Drill;
  readonly ground: {
    readonly name: string;
    readonly network: string;
    readonly prefix: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly images: Readonly<Record<string, string>>;
  };
  readonly keep: boolean;
  /** When the command was given: CLOCK_MONOTONIC in nanoseconds as a decimal, of the kernel with this boot id. */
  readonly command: { readonly ns: string; readonly boot: string };
}
/** A second line on its standard input: heal, tear down, and end. */
export const stopWord = 'stop';

/** What the drill tells besides its history. */
export type DrillEvent =
  | {
      readonly kind: 'progress';
      readonly phase: string;
      readonly elapsedS: number;
      readonly writesPerS: number;
      readonly primary: string;
    }
  | { readonly kind: 'versions'; readonly versions: Readonly<Record<string, string>> }
  | { readonly kind: 'kept'; readonly connect: readonly string[] }
  | { readonly kind: 'ended'; readonly error?: string };
