import {
  AsyncByteQueue,
  type Data,
  type DataType,
  type Dictionary,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  type Schema,
  Struct,
  Uint8,
  Uint16,
  Uint32,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { type Fact, NEVER, outcomes, type Stored } from '../model.ts';
import { type Batch, Vocabulary } from './columns.ts';
import { codeType, outcomeType, schemas, serverType } from './schema.ts';

/** Bytes of the stream in their order; appending them to a file is all that a sink has to do. */
export type Emit = (bytes: Uint8Array) => void;

/**
 * Writes batches of operations. One call is one batch of the stream: what was emitted by then can be read even if
 * nothing follows. `end` marks that nothing is missing.
 */
export function operationsWriter(emit: Emit): { write(batch: Batch): void; end(): void } {
  const stream = arrowStream(schemas.operations, emit);
  const outcome = vectorFromArray([...outcomes], new Utf8());
  const servers = new Words('server', 2 ** 8);
  const codes = new Words('code', 2 ** 16);
  return {
    write(batch) {
      if (batch.length === 0) return;
      const [server, noServer] = servers.column(batch.server, batch.servers, new Uint8Array(batch.length));
      const [code, noCode] = codes.column(batch.code, batch.codes, new Uint16Array(batch.length));
      stream.write(batch.length, [
        plain(new Uint32(), batch.id),
        plain(new Uint16(), batch.writer),
        plain(new Uint32(), batch.dueUs),
        plain(new Uint32(), batch.sentUs, nullsWhere(batch.sentUs, NEVER)),
        plain(new Uint32(), batch.answeredUs, nullsWhere(batch.answeredUs, NEVER)),
        encoded(outcomeType, batch.outcome, outcome),
        encoded(codeType, code, codes.dictionary(), noCode),
        encoded(serverType, server, servers.dictionary(), noServer),
        plain(new Uint16(), batch.timeline, nullsWhere(batch.timeline, 0)),
        plain(new Uint8(), batch.flags),
      ]);
    },
    end: stream.end,
  };
}

/**
 * Writes facts. One call is one batch, emitted at once, so that a crash keeps them; its frame is some 800 bytes, so
 * what is seen at the same moment is better written together.
 * @throws a RangeError when a fact's bracket is not within the drill's clock.
 */
export function factsWriter(emit: Emit): { write(facts: Fact | readonly Fact[]): void; end(): void } {
  const stream = arrowStream(schemas.facts, emit);
  return {
    write(given) {
      const facts: readonly Fact[] = 'key' in given ? [given] : given;
      if (facts.length === 0) return;
      const text = (of: (fact: Fact) => string) => vectorFromArray(facts.map(of), new Utf8()).data[0]!;
      stream.write(facts.length, [
        text(f => f.source),
        text(f => f.subject),
        text(f => f.key),
        text(f => f.value),
        plain(
          new Uint32(),
          Uint32Array.from(facts, f => micros(f, f.fromMs)),
        ),
        plain(
          new Uint32(),
          Uint32Array.from(facts, f => micros(f, f.toMs)),
        ),
      ]);
    },
    end: stream.end,
  };
}

/** Writes what one database holds of one stream, in as many parts as it comes. */
export function storedWriter(emit: Emit): { write(stored: Stored): void; end(): void } {
  const stream = arrowStream(schemas.stored, emit);
  return {
    write({ length, id, copies }) {
      if (length === 0) return;
      stream.write(length, [
        plain(new Uint32(), id.subarray(0, length)),
        plain(new Uint16(), copies.subarray(0, length)),
      ]);
    },
    end: stream.end,
  };
}

/** An Arrow IPC stream that hands out whole messages: the schema at once, then each batch with what it refers to. */
function arrowStream(schema: Schema, emit: Emit) {
  let pieces: Uint8Array[] = [];
  const flush = () => {
    if (pieces.length) emit(Buffer.concat(pieces));
    pieces = [];
  };
  class Pieces extends AsyncByteQueue {
    override write(piece: Uint8Array): void {
      pieces.push(piece);
    }
  }
  const writer = new RecordBatchStreamWriter();
  writer.reset(new Pieces(), schema);
  flush();
  return {
    write(length: number, children: Data[]) {
      const struct = makeData({ type: new Struct(schema.fields), length, nullCount: 0, children });
      writer.write(new RecordBatch(schema, struct));
      flush();
    },
    end() {
      writer.close();
      flush();
    },
  };
}

interface Nulls {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array | undefined;
}
const noNulls: Nulls = { nullCount: 0, nullBitmap: undefined };

/** The validity of a column in which one value stands for "none". */
function nullsWhere(column: ArrayLike<number>, none: number): Nulls {
  // Arrow wants buffers of whole 8 bytes; a bit that is set says that the row has a value.
  const nullBitmap = new Uint8Array(Math.ceil(column.length / 64) * 8);
  let nullCount = 0;
  for (let row = 0; row < column.length; row++) {
    if (column[row] === none) nullCount++;
    else nullBitmap[row >> 3]! |= 1 << (row & 7);
  }
  return nullCount === 0 ? noNulls : { nullCount, nullBitmap };
}

function plain<T extends Uint8 | Uint16 | Uint32>(
  type: T,
  data: T['TArray'],
  { nullCount, nullBitmap } = noNulls,
): Data {
  const props = { type: type as DataType, length: data.length, nullCount, nullBitmap, data };
  return makeData(props as unknown as Parameters<typeof makeData>[0]);
}

function encoded(
  type: Dictionary,
  data: Uint8Array | Uint16Array,
  dictionary: Vector,
  { nullCount, nullBitmap } = noNulls,
): Data {
  return makeData({ type, length: data.length, nullCount, nullBitmap, data, dictionary });
}

/**
 * The vocabulary of a whole stream. A batch with a new word brings the dictionary anew, the former words first: readers
 * that keep every dictionary and readers that keep only the last see the same words.
 */
class Words {
  readonly #vocabulary: Vocabulary;
  #dictionary: Vector<Utf8> | undefined;

  constructor(what: string, limit: number) {
    this.#vocabulary = new Vocabulary(what, limit);
  }

  /** The stream's numbers instead of the batch's; the empty word becomes null. */
  column<T extends Uint8Array | Uint16Array>(batch: T, words: readonly string[], into: T): [T, Nulls] {
    const empty = words.indexOf('');
    const numbers = words.map(word => (word === '' ? 0 : this.#vocabulary.number(word)));
    for (let row = 0; row < batch.length; row++) into[row] = numbers[batch[row]!]!;
    return [into, empty < 0 ? noNulls : nullsWhere(batch, empty)];
  }

  dictionary(): Vector<Utf8> {
    const { words } = this.#vocabulary;
    if (this.#dictionary?.length !== words.length) this.#dictionary = vectorFromArray([...words], new Utf8());
    return this.#dictionary;
  }
}

function micros(fact: Fact, ms: number): number {
  const us = Math.round(ms * 1_000);
  if (us >= 0 && us < NEVER) return us;
  throw new RangeError(
    `recording fact ${fact.key} of ${fact.subject}: expected milliseconds since the drill's start, found ${ms}`,
  );
}
