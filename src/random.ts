/** Numbers that look random and can be had again from their seed. Imports nothing. */

/** Spreads the bits of a 32-bit integer over all its bits (the finalizer of MurmurHash3, which is a bijection). */
function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The next number, at least 0 and below 1. The same seed gives the same row of numbers (Mulberry32, 32 bits of state). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/**
 * The seed of one repetition, an integer of 32 bits. The first repetition has the run's own seed, so that any single
 * repetition can be had again as a run of its own.
 */
export function repetitionSeed(seed: number, repetition: number): number {
  return repetition === 0 ? seed >>> 0 : mix((seed + Math.imul(repetition, 0x9e37_79b9)) >>> 0);
}
