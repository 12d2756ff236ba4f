import { NEVER, type Operations } from '../../model.ts';

/** An acknowledged operation at an edge of an outage. */
export interface Edge {
  readonly operations: Operations;
  readonly row: number;
}
/** The longest time without an acknowledgement, in milliseconds. */
export interface Outage {
  /** For so long at least nothing was served: 0 when no operation had to wait. */
  readonly lower: number;
  /** Null: still open when the watching ended. */
  readonly upper: number | null;
  /** The last acknowledgement before it. */
  readonly last: Edge;
  /** The first acknowledgement after it. */
  readonly first: Edge | undefined;
  /** The longest gap in the ten seconds before the injection, in milliseconds: what is usual. */
  readonly usualMs: number;
  /** Operations that fell due within it and were not served promptly. */
  readonly waited: number;
}

interface Acknowledgements {
  readonly length: number;
  /** In the order of the answers. */
  readonly answeredUs: Uint32Array;
  edge(index: number): Edge;
}

/**
 * The longest gap between two consecutive acknowledgements (of all streams together) that ends after the injection.
 * Upper: from the sending of the last one before to the answer of the first one after; the service cannot have been
 * away for longer. Lower: from the first due time after the last answer to the last due time before the next answer of
 * operations that were refused, never sent, or had to wait; whoever fell due in between was not served.
 * Undefined when nothing was acknowledged before the injection.
 */
export function longestOutage(
  streams: readonly Operations[],
  injectedMs: number,
  endMs: number,
): Outage | undefined {
  const [injectedUs, endUs] = [injectedMs * 1_000, endMs * 1_000];
  const acks = acknowledgements(streams);
  if (acks.length === 0 || acks.answeredUs[0]! > injectedUs) return undefined;
  const prompt = streams.map(stream => promptUs(stream, injectedUs));

  let best = -1;
  let bestGap = -1;
  let before = 0; // the last acknowledgement by the end of the watching
  for (let i = 1; i < acks.length && acks.answeredUs[i]! <= endUs; i++) {
    before = i;
    const gap = acks.answeredUs[i]! - acks.answeredUs[i - 1]!;
    if (acks.answeredUs[i]! > injectedUs && gap > bestGap) [best, bestGap] = [i - 1, gap];
  }
  const atEnd = gapAtEnd(streams, acks, before, prompt, endUs);
  const usualMs = usualGapMs(acks, injectedUs);
  if (atEnd && atEnd.gapUs > bestGap) return { ...atEnd.outage, usualMs };
  if (best < 0) return undefined;
  const answered = acks.answeredUs[best + 1]!;
  const { firstUs, lastUs, count } = waiting(streams, acks.answeredUs[best]!, answered, answered, prompt);
  const last = acks.edge(best);
  return {
    lower: count ? (lastUs - firstUs) / 1_000 : 0,
    upper: (answered - last.operations.sentUs[last.row]!) / 1_000,
    last,
    first: acks.edge(best + 1),
    usualMs,
    waited: count,
  };
}

/** The gap that was open when the watching ended: it counts when somebody had waited for longer than is usual by then. */
function gapAtEnd(
  streams: readonly Operations[],
  acks: Acknowledgements,
  index: number,
  prompt: readonly number[],
  endUs: number,
): { readonly gapUs: number; readonly outage: Omit<Outage, 'usualMs'> } | undefined {
  const from = acks.answeredUs[index]!;
  const next = index + 1 < acks.length ? acks.answeredUs[index + 1]! : undefined;
  const { firstUs, lastUs, count } = waiting(streams, from, endUs, next ?? NEVER, prompt);
  if (count === 0 || endUs - firstUs <= Math.max(...prompt)) return undefined;
  const last = acks.edge(index);
  const open = next === undefined;
  return {
    gapUs: (next ?? endUs) - from,
    outage: {
      lower: ((open ? endUs : lastUs) - firstUs) / 1_000,
      upper: open ? null : (next - last.operations.sentUs[last.row]!) / 1_000,
      last,
      first: open ? undefined : acks.edge(index + 1),
      waited: count,
    },
  };
}

/** Operations that fell due after `fromUs` and before `toUs` and were not served promptly, at the soonest at `answeredUs`. */
function waiting(
  streams: readonly Operations[],
  fromUs: number,
  toUs: number,
  answeredUs: number,
  prompt: readonly number[],
): { firstUs: number; lastUs: number; count: number } {
  let [firstUs, lastUs, count] = [NEVER, 0, 0];
  streams.forEach((ops, stream) => {
    for (let row = 0; row < ops.length; row++) {
      const due = ops.dueUs[row]!;
      if (due <= fromUs || due >= toUs) continue;
      const answer = ops.answeredUs[row]!;
      if (ops.outcome[row] === 0 && answer >= answeredUs && answer - due <= prompt[stream]!) continue;
      count++;
      if (due < firstUs) firstUs = due;
      if (due > lastUs) lastUs = due;
    }
  });
  return { firstUs, lastUs, count };
}

/** Whether it was longer than gaps are without a fault: on a machine that is busy they are tens of milliseconds. */
export const isReal = ({ upper, lower, waited, usualMs }: Outage): boolean =>
  waited > 0 && (upper === null || lower > usualMs);

function usualGapMs({ length, answeredUs }: Acknowledgements, injectedUs: number): number {
  let longest = 0;
  for (let i = 1; i < length && answeredUs[i]! <= injectedUs; i++) {
    if (answeredUs[i - 1]! >= injectedUs - 10e6)
      longest = Math.max(longest, answeredUs[i]! - answeredUs[i - 1]!);
  }
  return longest / 1_000;
}

/** What is usual: 99 of 100 operations were answered within it of their due time before the injection. Microseconds. */
function promptUs(ops: Operations, injectedUs: number): number {
  const latencies = new Uint32Array(ops.length);
  let count = 0;
  for (let row = 0; row < ops.length; row++) {
    const answered = ops.answeredUs[row]!;
    if (ops.outcome[row] === 0 && answered <= injectedUs) latencies[count++] = answered - ops.dueUs[row]!;
  }
  return count ? latencies.subarray(0, count).sort()[Math.floor((count - 1) * 0.99)]! : 0;
}

function acknowledgements(streams: readonly Operations[]): Acknowledgements {
  const rows = streams.reduce((sum, ops) => sum + ops.length, 0);
  const answered = new Uint32Array(rows);
  const place = new Uint32Array(rows); // the row, counted through all streams
  let length = 0;
  let sorted = true;
  let base = 0;
  for (const ops of streams) {
    for (let row = 0; row < ops.length; row++) {
      if (ops.outcome[row] !== 0) continue;
      answered[length] = ops.answeredUs[row]!;
      place[length] = base + row;
      if (length > 0 && answered[length]! < answered[length - 1]!) sorted = false;
      length++;
    }
    base += ops.length;
  }
  // The order of recording is nearly that of the answers, but a connection's answers may be recorded before another's.
  const order = sorted
    ? undefined
    : new Uint32Array(length).map((_, i) => i).sort((a, b) => answered[a]! - answered[b]!);
  return {
    length,
    answeredUs: order ? order.map(i => answered[i]!) : answered.subarray(0, length),
    edge(index) {
      let row = place[order ? order[index]! : index]!;
      for (const operations of streams) {
        if (row < operations.length) return { operations, row };
        row -= operations.length;
      }
      throw new RangeError(`acknowledgement ${index} of ${length} is in no stream`);
    },
  };
}
