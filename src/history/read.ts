import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordBatch, Vector } from 'apache-arrow';
import {
  type Drill,
  type Fact,
  type History,
  type Machine,
  NEVER,
  type Operations,
  outcomes,
  type Stored,
  type Stream,
} from '../model.ts';
import { Vocabulary } from './columns.ts';
import { historyOf } from './history.ts';
import type { Table } from './schema.ts';
import { HistoryError, wholeBatches } from './stream.ts';

export { HistoryError } from './stream.ts';

interface DrillFile {
  readonly schema: 1;
  readonly drill: Drill;
  readonly machines: readonly Machine[];
  readonly versions: Readonly<Record<string, string>>;
  readonly tool: string;
}

/**
 * Reads one drill's folder (`drills/<scenario>-<repetition>`): drill.json and history/*.arrow.
 * A file whose end is missing is read as far as it goes, and told in `damage`.
 * @throws a HistoryError when the folder or a file of it is missing, of another schema, or corrupt.
 */
export async function readHistory(folder: string): Promise<History> {
  const { drill, machines, versions } = await readDrill(folder);
  const damage: string[] = [];
  const read = async (file: string, table: Table): Promise<readonly RecordBatch[]> => {
    const path = join(folder, 'history', file);
    const whole = wholeBatches(path, await readFile(path), table);
    if (whole.damage) damage.push(`${file} ${whole.damage}`);
    return whole.batches;
  };

  const operations = new Map<Stream, Operations>();
  const stored: { node: string; stream: Stream; rows: Stored }[] = [];
  let facts: readonly Fact[] = [];
  const files = await listFiles(join(folder, 'history'));
  if (!files.includes('facts.arrow')) damage.push('facts.arrow is missing');
  for (const file of files) {
    const [, kind, name] = /^(operations|stored|facts)-?(.*)\.arrow$/.exec(file) ?? [];
    if (kind === 'facts' && name === '') facts = readFacts(await read(file, 'facts'));
    else if (kind === 'operations' && name) {
      operations.set(name, readOperations(await read(file, 'operations')));
    } else if (kind === 'stored' && name) {
      const { node, stream } = splitStored(join(folder, 'history', file), name, machines);
      stored.push({ node, stream, rows: readStored(await read(file, 'stored')) });
    }
  }
  return historyOf({
    drill,
    machines,
    versions,
    facts,
    operations,
    stored,
    ...(damage.length && { damage }),
  });
}

async function readDrill(folder: string): Promise<DrillFile> {
  const path = join(folder, 'drill.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new HistoryError(
      `reading the history in ${folder}: expected drill.json in it, found ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'none' : error}; give a folder such as reports/latest/drills/<scenario>-0`,
      { cause: error },
    );
  }
  let file: Partial<DrillFile>;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new HistoryError(
      `reading ${path}: expected JSON, found ${error instanceof Error ? error.message : error}; the file is corrupt: repeat the drill`,
      { cause: error },
    );
  }
  if (file?.schema !== 1) {
    throw new HistoryError(
      `reading ${path}: expected schema 1, found ${JSON.stringify(file?.schema)}; judge it with the version that recorded it`,
    );
  }
  const { drill, machines, versions = {}, tool = '' } = file;
  if (!drill?.scenario || !Array.isArray(machines)) {
    throw new HistoryError(
      `reading ${path}: expected a drill with its scenario and its machines, found keys ${Object.keys(file).join(', ')}; repeat the drill`,
    );
  }
  return { schema: 1, drill, machines, versions, tool };
}

async function listFiles(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw new HistoryError(
      `reading the history in ${folder}: expected a folder of Arrow files, found ${(error as NodeJS.ErrnoException).code ?? error}; the drill ended before anything was recorded: repeat it`,
      { cause: error },
    );
  }
}

/** `<node>-<stream>`: both may have hyphens, but the machines are known. */
function splitStored(path: string, name: string, machines: readonly Machine[]) {
  const nodes = machines.map(m => m.name).filter(node => name.startsWith(`${node}-`));
  const node = nodes.sort((a, b) => b.length - a.length)[0];
  if (node === undefined) {
    throw new HistoryError(
      `reading ${path}: expected stored-<machine>-<stream>.arrow of a machine of the drill (${machines.map(m => m.name).join(', ')}), found ${name}; is the file from another drill?`,
    );
  }
  return { node, stream: name.slice(node.length + 1) };
}

function readFacts(batches: readonly RecordBatch[]): Fact[] {
  return batches.flatMap(batch => {
    const [source, subject, key, value, from, to] = [0, 1, 2, 3, 4, 5].map(
      column => batch.getChildAt(column)!,
    );
    return Array.from({ length: batch.numRows }, (_, row) => ({
      source: source!.get(row),
      subject: subject!.get(row),
      key: key!.get(row),
      value: value!.get(row),
      fromMs: from!.get(row) / 1_000,
      toMs: to!.get(row) / 1_000,
    }));
  });
}

function readStored(batches: readonly RecordBatch[]): Stored {
  const length = rowsOf(batches);
  return {
    length,
    id: join32(batches, 'id', length),
    copies: joined(new Uint16Array(length), batches, 'copies'),
  };
}

function readOperations(batches: readonly RecordBatch[]): Operations {
  const length = rowsOf(batches);
  const servers = new Vocabulary('server', 2 ** 8);
  const codes = new Vocabulary('code', 2 ** 16);
  const verdicts = new Vocabulary('outcome', 2 ** 8);
  for (const outcome of outcomes) verdicts.number(outcome);
  return {
    length,
    id: join32(batches, 'id', length),
    writer: joined(new Uint16Array(length), batches, 'writer'),
    dueUs: join32(batches, 'due_us', length),
    sentUs: join32(batches, 'sent_us', length),
    answeredUs: join32(batches, 'answered_us', length),
    outcome: words(new Uint8Array(length), batches, 'outcome', verdicts),
    server: words(new Uint8Array(length), batches, 'server', servers),
    timeline: joined(new Uint16Array(length), batches, 'timeline'),
    flags: joined(new Uint8Array(length), batches, 'flags'),
    code: words(new Uint16Array(length), batches, 'code', codes),
    servers: servers.words,
    codes: codes.words,
  };
}

const rowsOf = (batches: readonly RecordBatch[]) => batches.reduce((sum, batch) => sum + batch.numRows, 0);

function join32(batches: readonly RecordBatch[], name: string, length: number): Uint32Array {
  return joined(new Uint32Array(length), batches, name, NEVER);
}

/** The batches' columns one after another; `none` stands where a row has no value. */
function joined<T extends Uint8Array | Uint16Array | Uint32Array>(
  into: T,
  batches: readonly RecordBatch[],
  name: string,
  none = 0,
): T {
  let at = 0;
  for (const batch of batches) {
    for (const { values, length, nullCount, nullBitmap } of column(batch, name).data) {
      into.set((values as T).subarray(0, length), at);
      if (nullCount > 0) {
        for (let row = 0; row < length; row++) if (!present(nullBitmap, row)) into[at + row] = none;
      }
      at += length;
    }
  }
  return into;
}

/** As `joined`, for words: each batch's numbers become those of one vocabulary. A row without a word has the empty one. */
function words<T extends Uint8Array | Uint16Array>(
  into: T,
  batches: readonly RecordBatch[],
  name: string,
  vocabulary: Vocabulary,
): T {
  let at = 0;
  for (const batch of batches) {
    for (const { values, length, nullCount, nullBitmap, dictionary } of column(batch, name).data) {
      const numbers = Array.from(dictionary ?? [], word => vocabulary.number(String(word)));
      const empty = nullCount > 0 ? vocabulary.number('') : 0;
      for (let row = 0; row < length; row++) {
        into[at + row] = nullCount > 0 && !present(nullBitmap, row) ? empty : numbers[values[row] as number]!;
      }
      at += length;
    }
  }
  return into;
}

const column = (batch: RecordBatch, name: string): Vector => batch.getChild(name)!;
/** Arrow's validity: a bit that is set says that the row has a value. */
const present = (bitmap: Uint8Array, row: number) => (bitmap[row >> 3]! & (1 << (row & 7))) !== 0;
