import { expect, test } from 'vitest';
import { Columns, transferables } from '../../src/history/columns.ts';
import { NEVER, type Operation } from '../../src/model.ts';

const op = (changes: Partial<Operation> = {}): Operation => ({
  id: 1,
  writer: 2,
  dueUs: 3,
  sentUs: 4,
  answeredUs: 5,
  outcome: 'ok',
  code: '',
  server: '198.18.0.11',
  timeline: 1,
  flags: 0,
  ...changes,
});

test('keeps every field, with vocabularies of its own', () => {
  const columns = new Columns();
  columns.push(op());
  columns.push(
    op({ id: 9, sentUs: NEVER, answeredUs: NEVER, outcome: 'failed', code: 'NOT_SENT', server: '' }),
  );
  columns.push(op({ outcome: 'unknown', code: '57P01', flags: 2 }));
  const batch = columns.take()!;
  expect(batch).toEqual({
    length: 3,
    id: Uint32Array.of(1, 9, 1),
    writer: Uint16Array.of(2, 2, 2),
    dueUs: Uint32Array.of(3, 3, 3),
    sentUs: Uint32Array.of(4, NEVER, 4),
    answeredUs: Uint32Array.of(5, NEVER, 5),
    outcome: Uint8Array.of(0, 1, 2),
    server: Uint8Array.of(0, 1, 0),
    timeline: Uint16Array.of(1, 1, 1),
    flags: Uint8Array.of(0, 0, 2),
    code: Uint16Array.of(0, 1, 2),
    servers: ['198.18.0.11', ''],
    codes: ['', 'NOT_SENT', '57P01'],
  });
});

test('take hands out each row once and starts new vocabularies', () => {
  const columns = new Columns();
  expect(columns.take()).toBeUndefined();
  columns.push(op({ code: 'ECONNREFUSED' }));
  expect(columns.length).toBe(1);
  const first = columns.take()!;
  expect(columns.length).toBe(0);
  columns.push(op({ id: 2, code: 'NOT_SENT' }));
  expect(columns.take()).toMatchObject({ length: 1, id: Uint32Array.of(2), codes: ['NOT_SENT'] });
  expect(first).toMatchObject({ id: Uint32Array.of(1), codes: ['ECONNREFUSED'] });
});

test('costs at most 32 bytes a row however much it grows, and 25 when taken', () => {
  const columns = new Columns();
  for (let id = 0; id < 100_000; id++) columns.push(op({ id }));
  const batch = columns.take()!;
  const bytes = transferables(batch).reduce((sum, buffer) => sum + buffer.byteLength, 0);
  expect(bytes).toBe(25 * 100_000);
  expect(batch.id.at(-1)).toBe(99_999);
});

test('a transfer moves the rows and leaves the columns usable', () => {
  const columns = new Columns();
  columns.push(op({ id: 7 }));
  const batch = columns.take()!;
  const moved = structuredClone(batch, { transfer: transferables(batch) });
  expect(moved.id).toEqual(Uint32Array.of(7));
  expect(batch.id.length).toBe(0);
  columns.push(op({ id: 8 }));
  expect(columns.take()!.id).toEqual(Uint32Array.of(8));
});

test('says so when a column cannot hold another word', () => {
  const columns = new Columns();
  for (let n = 0; n < 256; n++) columns.push(op({ server: `198.18.1.${n}` }));
  expect(() => columns.push(op({ server: 'one-more' }))).toThrow(
    /server 'one-more' is one more than the 256/,
  );
});
