import { describe, expect, test } from 'vitest';
import { Decoder, encode, eventName } from '../src/frames.ts';

const sent = [
  { name: eventName, payload: Buffer.from('{"kind":"ended"}') },
  { name: 'history/facts.arrow', payload: Buffer.from([0, 255, 1, 254]) },
  { name: 'logs/pg1.log', payload: Buffer.alloc(0) },
  { name: 'logs/pg1.log', payload: Buffer.alloc(70_000, 'x') },
  { name: 'history/stored-pg1-ledger.arrow', payload: Buffer.from('end') },
];
const bytes = Buffer.concat(sent.map(({ name, payload }) => encode(name, payload)));

test('frames arrive as they were sent', () => {
  expect(new Decoder().push(bytes)).toEqual(sent);
});

test('however the stream is cut in two, the frames are the same', () => {
  const short = sent.filter(({ payload }) => payload.length < 100);
  const stream = Buffer.concat(short.map(({ name, payload }) => encode(name, payload)));
  for (let at = 0; at <= stream.length; at++) {
    const decoder = new Decoder();
    const frames = [...decoder.push(stream.subarray(0, at)), ...decoder.push(stream.subarray(at))];
    expect(frames, `cut at ${at}`).toEqual(short);
  }
});

test('a byte at a time', () => {
  const decoder = new Decoder();
  const frames = [...bytes.subarray(0, 400)].flatMap(byte => decoder.push(Buffer.from([byte])));
  expect(frames).toEqual(sent.slice(0, 3));
});

test('a stream that ends within a frame gives the frames before it', () => {
  const decoder = new Decoder();
  expect(decoder.push(bytes.subarray(0, bytes.length - 1))).toEqual(sent.slice(0, -1));
});

describe('a name that is no file of the drill is refused', () => {
  test.each([
    '../escape',
    'history/../../escape',
    'history/..',
    'logs/.',
    '/etc/passwd',
    'drill.json',
    'history/',
    'history/a/b',
    'logs/a\0b',
    'logs/a\n',
    '',
    'HISTORY/a',
  ])('%j', name => {
    expect(() => new Decoder().push(encode(name, Buffer.from('x')))).toThrow(
      'expected a file of history/ or logs/',
    );
  });
});

test('a name that is too long for its length is an error of the sender', () => {
  expect(() => encode(`logs/${'a'.repeat(300)}`, Buffer.alloc(0))).toThrow(RangeError);
});
