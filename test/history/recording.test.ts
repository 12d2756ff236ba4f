import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Columns } from '../../src/history/columns.ts';
import { readHistory } from '../../src/history/read.ts';
import { wholeBatches } from '../../src/history/stream.ts';
import { factsWriter, operationsWriter, storedWriter } from '../../src/history/write.ts';
import { judge } from '../../src/judge.ts';
import type { Check, Fact, History, Operation, Operations } from '../../src/model.ts';
import { NEVER, outcomes } from '../../src/model.ts';
import { failover } from '../histories/build.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'history-'));
  await mkdir(join(folder, 'history'));
});
afterEach(() => rm(folder, { recursive: true }));

const story = failover();
const path = (file: string) => join(folder, 'history', file);

function sink() {
  const pieces: Uint8Array[] = [];
  return { emit: (bytes: Uint8Array) => void pieces.push(bytes), bytes: () => Buffer.concat(pieces), pieces };
}

function rowOf(ops: Operations, row: number): Operation {
  return {
    id: ops.id[row]!,
    writer: ops.writer[row]!,
    dueUs: ops.dueUs[row]!,
    sentUs: ops.sentUs[row]!,
    answeredUs: ops.answeredUs[row]!,
    outcome: outcomes[ops.outcome[row]!]!,
    server: ops.servers[ops.server[row]!]!,
    timeline: ops.timeline[row]!,
    flags: ops.flags[row]!,
    code: ops.codes[ops.code[row]!]!,
  };
}
const rowsOf = (ops: Operations) => Array.from({ length: ops.length }, (_, row) => rowOf(ops, row));

/** The stream's bytes, in batches of so many rows. */
function recorded(ops: Operations, every: number, end = true) {
  const { emit, bytes, pieces } = sink();
  const writer = operationsWriter(emit);
  const columns = new Columns();
  for (let row = 0; row < ops.length; row++) {
    columns.push(rowOf(ops, row));
    if (columns.length === every) writer.write(columns.take()!);
  }
  const rest = columns.take();
  if (rest) writer.write(rest);
  if (end) writer.end();
  return { bytes: bytes(), pieces };
}

const keys = ['role', 'fault', 'streaming', 'lag', 'route', 'read', 'mark', 'leader', 'timeline'];

async function writeDrill(history: History = story): Promise<void> {
  const { drill, machines, versions } = history;
  await writeFile(
    join(folder, 'drill.json'),
    JSON.stringify({ schema: 1, drill, machines, versions, tool: '0.1.0' }),
  );
  for (const stream of history.streams) {
    const { bytes } = recorded(history.operations(stream), 1_000);
    await writeFile(path(`operations-${stream}.arrow`), bytes);
  }
  const facts = sink();
  const writer = factsWriter(facts.emit);
  for (const key of keys) writer.write(history.facts(key));
  for (const fact of history.facts('ready')) writer.write(fact);
  writer.end();
  await writeFile(path('facts.arrow'), facts.bytes());
  for (const { node, stream } of history.read) {
    const stored = sink();
    const writer = storedWriter(stored.emit);
    writer.write(history.stored(node, stream)!);
    writer.end();
    await writeFile(path(`stored-${node}-${stream}.arrow`), stored.bytes());
  }
}

test('what was written is what is read', async () => {
  await writeDrill();
  const history = await readHistory(folder);
  expect(history.damage).toBeUndefined();
  expect(history.drill).toEqual(story.drill);
  expect(history.machines).toEqual(story.machines);
  expect([...history.streams].sort()).toEqual([...story.streams].sort());
  for (const stream of story.streams) {
    expect(rowsOf(history.operations(stream))).toEqual(rowsOf(story.operations(stream)));
  }
  for (const key of [...keys, 'ready']) expect(history.facts(key)).toEqual(story.facts(key));
  for (const { node, stream } of story.read) {
    expect(history.stored(node, stream)).toEqual(story.stored(node, stream));
  }
  expect(history.stored('pg9', 'ledger')).toBeUndefined();
  expect(history.operations('nobody').length).toBe(0);
});

test('facts are answered in the order of their ends, by key and subject', async () => {
  await writeDrill();
  const history = await readHistory(folder);
  const ends = history.facts('role').map(fact => fact.toMs);
  expect(ends).toEqual([...ends].sort((a, b) => a - b));
  expect(history.facts('role', 'pg2').map(fact => fact.value)).toEqual(['replica', 'primary']);
});

describe('a stream that was cut', () => {
  const ops = story.operations('probe-write-fresh');
  const { bytes, pieces } = recorded(ops, 300);

  const ends = pieces.map((_, i) => pieces.slice(0, i + 1).reduce((sum, piece) => sum + piece.length, 0));

  test('is read to its last whole batch, at whatever byte it was cut', () => {
    // Each byte of the schema and of one batch, where heads, metadata and bodies begin and end; the rest coarsely.
    const cuts = Array.from({ length: ends[1]! + 50 }, (_, i) => i);
    for (let at = 0; at < bytes.length; at += 997) cuts.push(at);
    for (const cut of cuts) {
      const { batches, damage } = wholeBatches('cut.arrow', bytes.subarray(0, cut), 'operations');
      const whole = ends.slice(1).filter(end => end <= cut).length;
      expect({ cut, batches: batches.length }).toEqual({ cut, batches: whole });
      expect(damage).toMatch(/^has no end mark/);
    }
  });

  test('keeps its rows and tells what is missing', async () => {
    await writeDrill();
    await writeFile(path('operations-probe-write-fresh.arrow'), bytes.subarray(0, ends[2]! + 100));
    const history = await readHistory(folder);
    expect(rowsOf(history.operations('probe-write-fresh'))).toEqual(rowsOf(ops).slice(0, 600));
    expect(history.damage).toEqual([
      expect.stringMatching(
        /^operations-probe-write-fresh\.arrow has no end mark; its last 100 bytes .* left out/,
      ),
    ]);
  });

  test('makes every verdict doubtful', async () => {
    await writeDrill();
    await writeFile(path('operations-probe-write-fresh.arrow'), bytes.subarray(0, -8));
    const sure: Check = {
      about: 'Sure.',
      needs: [],
      measures: { sure: { max: 1 } },
      measure: () => ({ summary: 'sure', measures: { sure: 0 }, evidence: [], doubts: [] }),
    };
    const [verdict] = judge(await readHistory(folder), new Map([['sure', sure]]));
    expect(verdict).toMatchObject({ status: 'unknown', doubts: [expect.stringMatching(/no end mark/)] });
  });
});

describe('what cannot be read says what to do', () => {
  test('a folder without a drill', async () => {
    await expect(readHistory(join(folder, 'nowhere'))).rejects.toThrow(
      /nowhere: expected drill\.json in it, found none/,
    );
  });
  test('another schema of the drill', async () => {
    await writeFile(join(folder, 'drill.json'), JSON.stringify({ schema: 2 }));
    await expect(readHistory(folder)).rejects.toThrow(/expected schema 1, found 2/);
  });
  test('no JSON', async () => {
    await writeFile(join(folder, 'drill.json'), '{"schema": 1, "dri');
    await expect(readHistory(folder)).rejects.toThrow(/drill\.json: expected JSON/);
  });
  test('another table', async () => {
    await writeDrill();
    await writeFile(path('facts.arrow'), await readFile(path('operations-ledger.arrow')));
    await expect(readHistory(folder)).rejects.toThrow(
      /facts\.arrow: expected the table facts .* found operations/,
    );
  });
  test('bytes that are no stream', async () => {
    await writeDrill();
    await writeFile(path('facts.arrow'), 'source,subject,key,value\n');
    await expect(readHistory(folder)).rejects.toThrow(
      /expected an Arrow message at byte 0, found other bytes/,
    );
  });
  test('a frame that was overwritten', async () => {
    await writeDrill();
    const whole = await readFile(path('operations-ledger.arrow'));
    const batch = whole.indexOf(Buffer.of(0xff, 0xff, 0xff, 0xff), 8);
    whole.fill(0x55, batch + 8, batch + 200);
    await writeFile(path('operations-ledger.arrow'), whole);
    await expect(readHistory(folder)).rejects.toThrow(
      /operations-ledger\.arrow: expected .* the file is corrupt/,
    );
  });
  test('a table of a machine that is not of the drill', async () => {
    await writeDrill();
    await writeFile(path('stored-pg9-ledger.arrow'), await readFile(path('stored-pg1-ledger.arrow')));
    await expect(readHistory(folder)).rejects.toThrow(/of a machine of the drill \(pg1, pg2/);
  });
});

test('missing facts are damage, not an error', async () => {
  await writeDrill();
  await rm(path('facts.arrow'));
  expect((await readHistory(folder)).damage).toEqual([expect.stringMatching(/facts\.arrow is missing/)]);
});

test("a fact outside the drill's clock is refused, not wrapped around", () => {
  const fact: Fact = { source: 'run', subject: 'drill', key: 'ready', value: 'network', fromMs: -1, toMs: 0 };
  expect(() => factsWriter(() => {}).write(fact)).toThrow(
    /expected milliseconds since the drill's start, found -1/,
  );
});

// Alone it takes 0.2 s; the limit leaves room for a machine that runs drills beside.
test('a million operations are read in less than seconds', { timeout: 30_000 }, async () => {
  await writeDrill();
  const columns = new Columns();
  const { emit, bytes } = sink();
  const writer = operationsWriter(emit);
  for (let id = 0; id < 1_000_000; id++) {
    const lost = id % 1_000 === 7;
    columns.push({
      id,
      writer: id % 8,
      dueUs: id * 3,
      sentUs: lost ? NEVER : id * 3 + 1,
      answeredUs: lost ? NEVER : id * 3 + 2,
      outcome: lost ? 'failed' : 'ok',
      code: lost ? (id > 500_000 ? '57P01' : 'NOT_SENT') : '',
      server: lost ? '' : id > 300_000 ? '198.18.0.12' : '198.18.0.11',
      timeline: lost ? 0 : 1,
      flags: 0,
    });
    if (columns.length === 8_192) writer.write(columns.take()!);
  }
  writer.write(columns.take()!);
  writer.end();
  await writeFile(path('operations-ledger.arrow'), bytes());
  const before = performance.now();
  const ledger = (await readHistory(folder)).operations('ledger');
  expect(performance.now() - before).toBeLessThan(3_000);
  expect(ledger.length).toBe(1_000_000);
  expect(rowOf(ledger, 999_007)).toMatchObject({
    id: 999_007,
    outcome: 'failed',
    code: '57P01',
    sentUs: NEVER,
  });
  expect(rowOf(ledger, 300_001)).toMatchObject({ server: '198.18.0.12', timeline: 1, code: '' });
});
