import { Dictionary, Field, Schema, Uint8, Uint16, Uint32, Utf8 } from 'apache-arrow';

/**
 * The three tables as they stand on disk: Arrow IPC streams, which pandas, polars and DuckDB open. The names are for
 * people: times are whole microseconds since the drill's start (`..._us`), what did not happen is null.
 */
export const SCHEMA_VERSION = '1';
export type Table = 'operations' | 'facts' | 'stored';

// The ids of the dictionaries must differ within a stream.
export const outcomeType = new Dictionary(new Utf8(), new Uint8(), 0);
export const serverType = new Dictionary(new Utf8(), new Uint8(), 1);
export const codeType = new Dictionary(new Utf8(), new Uint16(), 2);

const metadata = (table: Table) =>
  new Map([
    ['failover_drill.table', table],
    ['failover_drill.schema', SCHEMA_VERSION],
  ]);

export const schemas = {
  operations: new Schema(
    [
      new Field('id', new Uint32(), false),
      new Field('writer', new Uint16(), false),
      new Field('due_us', new Uint32(), false),
      new Field('sent_us', new Uint32(), true),
      new Field('answered_us', new Uint32(), true),
      new Field('outcome', outcomeType, false),
      new Field('code', codeType, true),
      new Field('server', serverType, true),
      new Field('timeline', new Uint16(), true),
      new Field('flags', new Uint8(), false, new Map([['bits', '1 in recovery, 2 sync wait cancelled']])),
    ],
    metadata('operations'),
  ),
  facts: new Schema(
    [
      new Field('source', new Utf8(), false),
      new Field('subject', new Utf8(), false),
      new Field('key', new Utf8(), false),
      new Field('value', new Utf8(), false),
      new Field('from_us', new Uint32(), false),
      new Field('to_us', new Uint32(), false),
    ],
    metadata('facts'),
  ),
  stored: new Schema(
    [new Field('id', new Uint32(), false), new Field('copies', new Uint16(), false)],
    metadata('stored'),
  ),
} as const;
