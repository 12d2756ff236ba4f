import type { Operation, outcomes } from '../model.ts';

/**
 * Rows of operations as plain data: typed columns of exactly `length` rows, which `postMessage` clones or transfers.
 * `server` and `code` index the batch's own vocabularies, so that a batch can be read without any other.
 */
export interface Batch {
  readonly length: number;
  readonly id: Uint32Array<ArrayBuffer>;
  readonly writer: Uint16Array<ArrayBuffer>;
  /** Whole microseconds since the drill's start, as are `sentUs` and `answeredUs`; NEVER when it did not happen. */
  readonly dueUs: Uint32Array<ArrayBuffer>;
  readonly sentUs: Uint32Array<ArrayBuffer>;
  readonly answeredUs: Uint32Array<ArrayBuffer>;
  /** Index into `outcomes`. */
  readonly outcome: Uint8Array<ArrayBuffer>;
  /** Index into `servers`. */
  readonly server: Uint8Array<ArrayBuffer>;
  readonly timeline: Uint16Array<ArrayBuffer>;
  readonly flags: Uint8Array<ArrayBuffer>;
  /** Index into `codes`. */
  readonly code: Uint16Array<ArrayBuffer>;
  readonly servers: string[];
  readonly codes: string[];
}

/** The buffers of a batch, for the transfer list of `postMessage`: moved, not copied. The sender's batch is empty then. */
export function transferables(batch: Batch): ArrayBuffer[] {
  return [
    batch.id.buffer,
    batch.writer.buffer,
    batch.dueUs.buffer,
    batch.sentUs.buffer,
    batch.answeredUs.buffer,
    batch.outcome.buffer,
    batch.server.buffer,
    batch.timeline.buffer,
    batch.flags.buffer,
    batch.code.buffer,
  ];
}

/** Words by the order of their first use. */
export class Vocabulary {
  readonly words: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #what: string;
  readonly #limit: number;

  /** `limit`: how many words the column that holds the numbers can tell apart. */
  constructor(what: string, limit: number) {
    this.#what = what;
    this.#limit = limit;
  }

  /** @throws a RangeError when the column cannot hold another word. */
  number(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    const number = this.words.length;
    if (number >= this.#limit) {
      throw new RangeError(
        `recording operations: ${this.#what} '${word}' is one more than the ${this.#limit} that a column holds`,
      );
    }
    this.words.push(word);
    this.#numbers.set(word, number);
    return number;
  }
}

const outcomeNumber = { ok: 0, failed: 1, unknown: 2 } as const satisfies Record<
  (typeof outcomes)[number],
  number
>;

/** Every column with room for `rows` rows: 25 bytes a row. */
const room = (rows: number) => ({
  id: new Uint32Array(rows),
  writer: new Uint16Array(rows),
  dueUs: new Uint32Array(rows),
  sentUs: new Uint32Array(rows),
  answeredUs: new Uint32Array(rows),
  outcome: new Uint8Array(rows),
  server: new Uint8Array(rows),
  timeline: new Uint16Array(rows),
  flags: new Uint8Array(rows),
  code: new Uint16Array(rows),
});

/**
 * Growing columns of operations. They grow by a quarter, so that a row costs 25 to 31 bytes and never an object that
 * outlives `push`: the thread that measures must not pause to collect garbage.
 */
export class Columns {
  #rows = room(1024);
  #length = 0;
  #servers = new Vocabulary('server', 2 ** 8);
  #codes = new Vocabulary('code', 2 ** 16);

  get length(): number {
    return this.#length;
  }

  push(op: Operation): void {
    if (this.#length === this.#rows.id.length) this.#grow();
    const rows = this.#rows;
    const row = this.#length;
    rows.id[row] = op.id;
    rows.writer[row] = op.writer;
    rows.dueUs[row] = op.dueUs;
    rows.sentUs[row] = op.sentUs;
    rows.answeredUs[row] = op.answeredUs;
    rows.outcome[row] = outcomeNumber[op.outcome];
    rows.server[row] = this.#servers.number(op.server);
    rows.timeline[row] = op.timeline;
    rows.flags[row] = op.flags;
    rows.code[row] = this.#codes.number(op.code);
    this.#length = row + 1;
  }

  /** The rows since the last `take`, and forgets them; undefined when there are none. */
  take(): Batch | undefined {
    const length = this.#length;
    if (length === 0) return undefined;
    const rows = this.#rows;
    const batch: Batch = {
      length,
      // Copies of the exact length: the room stays for the next rows, and a transfer moves no empty rest.
      id: rows.id.slice(0, length),
      writer: rows.writer.slice(0, length),
      dueUs: rows.dueUs.slice(0, length),
      sentUs: rows.sentUs.slice(0, length),
      answeredUs: rows.answeredUs.slice(0, length),
      outcome: rows.outcome.slice(0, length),
      server: rows.server.slice(0, length),
      timeline: rows.timeline.slice(0, length),
      flags: rows.flags.slice(0, length),
      code: rows.code.slice(0, length),
      servers: this.#servers.words,
      codes: this.#codes.words,
    };
    this.#length = 0;
    this.#servers = new Vocabulary('server', 2 ** 8);
    this.#codes = new Vocabulary('code', 2 ** 16);
    return batch;
  }

  #grow(): void {
    const before = this.#rows;
    const after = room(Math.ceil(this.#length * 1.25));
    after.id.set(before.id);
    after.writer.set(before.writer);
    after.dueUs.set(before.dueUs);
    after.sentUs.set(before.sentUs);
    after.answeredUs.set(before.answeredUs);
    after.outcome.set(before.outcome);
    after.server.set(before.server);
    after.timeline.set(before.timeline);
    after.flags.set(before.flags);
    after.code.set(before.code);
    this.#rows = after;
  }
}
