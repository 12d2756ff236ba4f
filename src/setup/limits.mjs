/** Time limits of the set-up, in milliseconds. It runs before TypeScript can, so it cannot read src/limits.ts. */
export const limits = {
  /** An engine answers a ping in milliseconds; one that takes longer than this is not well. */
  pingMs: 5_000,
  /** A registry that has not answered the pull by then is taken as absent. */
  pullAnswerMs: 10_000,
  /** While it pulls, the engine tells its progress several times a second. */
  pullSilenceMs: 30_000,
  /** Importing and naming an image of 100 MB, after its last byte was sent. */
  importMs: 120_000,
  /** From starting an engine to its first answer. */
  engineStartMs: 60_000,
  /** Another set-up may be installing everything, over a slow line. */
  lockMs: 1_800_000,
  /** A takeover lasts microseconds: a mark of one that is older than this was left behind. */
  takeoverMs: 10_000,
};
