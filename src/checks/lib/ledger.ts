import { NEVER, type Operations, outcomes, type Stored, SYNC_WAIT_CANCELLED } from '../../model.ts';

/** What became of each id, by the side of the final leader's table. */
export interface Classes {
  readonly acknowledged: number;
  readonly kept: number;
  readonly lost: number;
  /** Of the lost: acknowledged with the warning that the standby may not have it. */
  readonly lostWithWarning: number;
  readonly unknownKept: number;
  readonly unknownLost: number;
  readonly failedButApplied: number;
  readonly duplicated: number;
  readonly neverSent: number;
  /** Ids in the table that no operation stands for. */
  readonly unrecorded: number;
  /** Rows of the operations, for evidence, at most as many as were asked for, in the order of the ids. */
  readonly rows: readonly {
    readonly class: 'lost' | 'failed but applied' | 'duplicated';
    readonly row: number;
  }[];
}

// What an id stands for, the strongest of its operations: a client that tried again was acknowledged in the end.
const [NOT_RECORDED, NEVER_SENT, FAILED, UNKNOWN, ACKNOWLEDGED] = [0, 1, 2, 3, 4] as const;
const ranks = { ok: ACKNOWLEDGED, failed: FAILED, unknown: UNKNOWN } as const;

/**
 * Classifies every id, and keeps rows of evidence up to `evidence`. The ids are dense, so that arrays by id do it: a
 * million takes tens of milliseconds.
 * @throws when the ids are not dense.
 */
export function classify(ops: Operations, stored: Stored, evidence: number): Classes {
  const size = Math.max(highest(ops.id, ops.length), highest(stored.id, stored.length)) + 1;
  if (size > 4 * (ops.length + stored.length) + 1_000_000) {
    throw new RangeError(
      `classifying writes: expected dense ids from 0, found id ${size - 1} among ${ops.length} operations and ${stored.length} stored ids; who writes to the ledger's table besides the ledger?`,
    );
  }
  const copies = new Uint16Array(size);
  for (let row = 0; row < stored.length; row++) {
    const id = stored.id[row]!;
    copies[id] = Math.min(0xffff, copies[id]! + stored.copies[row]!);
  }
  const rank = new Uint8Array(size);
  const rowOf = new Uint32Array(size);
  for (let row = 0; row < ops.length; row++) {
    const id = ops.id[row]!;
    const outcome = outcomes[ops.outcome[row]!]!;
    const of = outcome === 'failed' && ops.sentUs[row] === NEVER ? NEVER_SENT : ranks[outcome];
    if (of > rank[id]!) [rank[id], rowOf[id]] = [of, row];
  }

  const byRank = [0, 0, 0, 0, 0];
  const storedByRank = [0, 0, 0, 0, 0];
  let [duplicated, lostWithWarning] = [0, 0];
  const rows: { class: Classes['rows'][number]['class']; row: number }[] = [];
  const show = (name: Classes['rows'][number]['class'], id: number) => {
    if (rows.length < evidence) rows.push({ class: name, row: rowOf[id]! });
  };
  for (let id = 0; id < size; id++) {
    const of = rank[id]!;
    const held = copies[id]!;
    byRank[of]!++;
    if (held > 0) storedByRank[of]!++;
    if (of === NOT_RECORDED) continue;
    if (held > 1) {
      duplicated++;
      show('duplicated', id);
    }
    if (of === ACKNOWLEDGED && held === 0) {
      if (ops.flags[rowOf[id]!]! & SYNC_WAIT_CANCELLED) lostWithWarning++;
      show('lost', id);
    } else if (of <= FAILED && held > 0) show('failed but applied', id);
  }
  const at = (counts: readonly number[], index: number) => counts[index]!;
  return {
    acknowledged: at(byRank, ACKNOWLEDGED),
    kept: at(storedByRank, ACKNOWLEDGED),
    lost: at(byRank, ACKNOWLEDGED) - at(storedByRank, ACKNOWLEDGED),
    lostWithWarning,
    unknownKept: at(storedByRank, UNKNOWN),
    unknownLost: at(byRank, UNKNOWN) - at(storedByRank, UNKNOWN),
    failedButApplied: at(storedByRank, FAILED) + at(storedByRank, NEVER_SENT),
    duplicated,
    neverSent: at(byRank, NEVER_SENT),
    unrecorded: at(storedByRank, NOT_RECORDED),
    rows,
  };
}

function highest(ids: Uint32Array, length: number): number {
  let max = -1;
  for (let row = 0; row < length; row++) if (ids[row]! > max) max = ids[row]!;
  return max;
}
