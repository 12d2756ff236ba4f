/** The package ships no types of its own. */
declare module 'asciichart' {
  interface Settings {
    readonly min?: number;
    readonly max?: number;
    /** Rows, not counting the one at the bottom. */
    readonly height?: number;
    readonly offset?: number;
    readonly format?: (value: number, row: number) => string;
  }
  const asciichart: { plot(series: readonly number[], settings?: Settings): string };
  export default asciichart;
}
