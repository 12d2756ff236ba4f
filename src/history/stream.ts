import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import { SCHEMA_VERSION, schemas, type Table } from './schema.ts';

/** What a stream holds: its whole batches, and what is missing of it. */
export interface Whole {
  readonly batches: readonly RecordBatch[];
  readonly damage: string | undefined;
}

/**
 * The whole batches of an Arrow IPC stream. A stream that was cut, at whatever byte, is read to its last whole message.
 * @throws an error that names the file when it is no such stream, or of another table or schema.
 */
export function wholeBatches(file: string, bytes: Uint8Array, table: Table): Whole {
  const { end, closed } = wholeMessages(file, bytes);
  const lost = bytes.length - end;
  const damage = closed
    ? undefined
    : `has no end mark${lost ? `; its last ${lost} bytes are no whole batch and were left out` : ''}: what came after may be missing`;
  if (end === 0) return { batches: [], damage };
  try {
    const reader = RecordBatchReader.from(bytes.subarray(0, end));
    reader.open({ autoDestroy: true });
    expectSchema(file, reader, table);
    // Of a stream without batches the reader makes an empty one up.
    return { batches: [...reader].filter(batch => batch.numRows > 0), damage };
  } catch (error) {
    if (error instanceof HistoryError) throw error;
    throw new HistoryError(
      `reading ${file}: expected an Arrow IPC stream of ${table}, found one that does not decode (${error instanceof Error ? error.message : error}); the file is corrupt: repeat the drill, or take the file away to judge without it`,
      { cause: error },
    );
  }
}

/** A recording that cannot be read. */
export class HistoryError extends Error {
  override name = 'HistoryError';
}

function expectSchema(file: string, { schema }: RecordBatchReader, table: Table): void {
  const found = schema?.metadata.get('failover_drill.table');
  const version = schema?.metadata.get('failover_drill.schema');
  if (found !== table || version !== SCHEMA_VERSION) {
    throw new HistoryError(
      `reading ${file}: expected the table ${table} in schema ${SCHEMA_VERSION}, found ${found ?? 'no table of a drill'} in schema ${version ?? 'unknown'}; judge it with the version that recorded it`,
    );
  }
  const columns = (fields: readonly { name: string }[]) => fields.map(f => f.name).join(', ');
  if (columns(schema.fields) !== columns(schemas[table].fields)) {
    throw new HistoryError(
      `reading ${file}: expected the columns ${columns(schemas[table].fields)}, found ${columns(schema.fields)}; judge it with the version that recorded it`,
    );
  }
}

/**
 * Walks the frames: 0xffffffff, the length of the metadata, the metadata (a flatbuffer, in which the body's length
 * stands), the body. https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
 * `end` is the byte after the last whole message, or after the end mark (a frame without metadata) if `closed`.
 */
function wholeMessages(file: string, bytes: Uint8Array): { end: number; closed: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = 0;
  while (end + 8 <= bytes.length) {
    if (view.getUint32(end, true) !== 0xffff_ffff) {
      throw new HistoryError(
        `reading ${file}: expected an Arrow message at byte ${end}, found other bytes; the file is corrupt: repeat the drill, or take the file away to judge without it`,
      );
    }
    const metadata = view.getInt32(end + 4, true);
    if (metadata === 0) return { end: end + 8, closed: true };
    if (metadata < 0 || end + 8 + metadata > bytes.length) break;
    const next = end + 8 + metadata + bodyLength(file, view, end + 8);
    if (next > bytes.length) break;
    end = next;
  }
  return { end, closed: false };
}

/** Field 3 of the flatbuffer table Message (format/Message.fbs): bodyLength, a 64-bit integer, 0 when it is left out. */
function bodyLength(file: string, view: DataView, at: number): number {
  try {
    const table = at + view.getUint32(at, true);
    const vtable = table - view.getInt32(table, true);
    const slot = 4 + 3 * 2;
    if (slot >= view.getUint16(vtable, true)) return 0;
    const offset = view.getUint16(vtable + slot, true);
    const length = offset === 0 ? 0 : Number(view.getBigInt64(table + offset, true));
    if (length >= 0) return length;
    throw new RangeError(`a body of ${length} bytes`);
  } catch (error) {
    throw new HistoryError(
      `reading ${file}: expected the metadata of an Arrow message at byte ${at}, found other bytes; the file is corrupt: repeat the drill, or take the file away to judge without it`,
      { cause: error },
    );
  }
}
