import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { conduct } from './conductor.ts';
import { encode, eventName } from './frames.ts';
import { type DrillEvent, type Orders, stopWord } from './protocol.ts';

// The drill's own entry, in the client container. Orders come on standard input, everything that is recorded leaves on
// standard output as frames; the desk is gone when standard input ends, and then the drill heals, tears down and ends.

if (process.argv.includes('--warm')) {
  // While the image is built: compiles all that a drill needs, so that V8's code cache holds it.
  await import('./measure/thread.ts');
  const { list, rooms } = await import('./catalog.ts');
  for (const room of rooms) await list(room).catch(() => {});
  process.exit(0);
}

// process.stdout would block the clock's thread whenever the desk is slow.
const out = createWriteStream('', { fd: 1 });
const append = (name: string, bytes: Uint8Array): void => {
  out.write(encode(name, bytes));
};
const say = (event: DrillEvent): void => append(eventName, Buffer.from(JSON.stringify(event)));

const stopping = new AbortController();
const input = createInterface({ input: process.stdin });
const orders = Promise.withResolvers<Orders>();
let ordered = false;
input.on('line', line => {
  if (!ordered) {
    ordered = true;
    orders.resolve(JSON.parse(line) as Orders);
  } else if (line === stopWord) stopping.abort(new Error('stopped by the user'));
});
input.on('close', () => {
  stopping.abort(new Error('the desk is gone'));
  if (!ordered) process.exit(3);
});

let error: string | undefined;
try {
  await conduct(await orders.promise, { append, say }, stopping.signal);
} catch (cause) {
  error = cause instanceof Error ? cause.message : String(cause);
  process.stderr.write(`${cause instanceof Error ? cause.stack : cause}\n`);
}
say({ kind: 'ended', ...(error === undefined ? {} : { error }) });
out.end(() => process.exit(error === undefined ? 0 : 1));
