import { randomBytes } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { blueprint, chainOf, clientAddress } from './blueprint.ts';
import { load } from './catalog.ts';
import { commandStart } from './desk/command-start.ts';
import { tool } from './desk/tool.ts';
import { Decoder, eventName } from './frames.ts';
import { limits } from './limits.ts';
import type { Drill, Machine } from './model.ts';
import type { Progress } from './progress.ts';
import { type DrillEvent, type Orders, stopWord } from './protocol.ts';
import { type Client, startClient } from './stack/client.ts';
import { chainKey, ensureImages } from './stack/images.ts';
import { label, ownerOf } from './stack/labels.ts';
import { createNetwork, networkLabels } from './stack/network.ts';
import { sweep, sweepDrill } from './stack/sweep.ts';

export interface CampaignOptions {
  readonly out: string;
  readonly keep: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** After each drill, with its folder: what was recorded is on disk. */
  done(folder: string): Promise<void>;
}

/**
 * Runs drills one after the other, each in a client container of its own, and writes what they stream to disk.
 * @throws when a drill could not be run for a reason of ours (no engine, an image that cannot be built); what was recorded
 *   until then is on disk.
 */
export async function campaign(
  drills: readonly Drill[],
  options: CampaignOptions,
): Promise<{ interrupted: boolean }> {
  const { progress, signal } = options;
  const command = commandStart();
  const swept = sweep({ kept: false });
  swept.catch(() => {}); // told below
  const failures: Error[] = [];
  for (const drill of drills) {
    if (signal.aborted) break;
    const begun = drill === drills[0] ? command : { ns: '0', boot: '' };
    const { machines, images, built } = await imagesOf(drill, progress, signal);
    await runDrill(drill, machines, images, built ? { ns: '0', boot: '' } : begun, options).catch(error => {
      failures.push(new Error(`${drill.name}: ${(error as Error).message}`, { cause: error }));
    });
  }
  for (const name of await swept) progress.note(`swept ${name}, left by a drill that died`);
  if (failures.length === drills.length && !signal.aborted) throw failures[0];
  for (const { message } of failures) progress.note(message);
  return { interrupted: signal.aborted };
}

/** @returns `built`: whether one had to be built, so that the start-up's clock would count that too */
async function imagesOf(drill: Drill, progress: Progress, signal: AbortSignal) {
  const { scenario } = drill;
  const [strategy, app] = await Promise.all([
    load('strategies', scenario.strategy, scenario.strategyOptions),
    load('apps', scenario.app),
  ]);
  const { machines } = blueprint(scenario, '198.18.0', strategy, app);
  let built = false;
  const note = (line: string) => {
    built = true;
    progress.note(line);
  };
  const images = await ensureImages(machines.map(chainOf), note, signal);
  return { machines, images, built };
}

async function runDrill(
  drill: Drill,
  drawn: readonly Machine[],
  images: ReadonlyMap<string, string>,
  command: Orders['command'],
  options: CampaignOptions,
): Promise<void> {
  const { out, keep, progress, signal } = options;
  const folder = join(out, 'drills', `${drill.name}-${drill.repetition}`);
  const name = `failover-drill-${randomBytes(4).toString('hex')}`;
  const owner = ownerOf(process.pid);
  const labels = networkLabels(name, owner, keep);
  const network = await createNetwork(name, labels);
  const machines = drawn.map(machine => ({
    ...machine,
    address: machine.address.replace(/^\d+\.\d+\.\d+/, network.prefix),
  }));
  const notes = { schema: 1, drill, machines, versions: {}, tool: await tool() };
  await mkdir(join(folder, 'history'), { recursive: true });
  await mkdir(join(folder, 'logs'), { recursive: true });
  await writeNotes(folder, notes);
  let left = !keep;
  try {
    const client = await startClient({
      name: `${name}-client`,
      image: images.get(chainKey(['machine', 'runtime', 'client']))!,
      network: network.id,
      address: clientAddress(network.prefix),
      labels: { ...labels, [label.machine]: 'client' },
    });
    const orders: Orders = {
      drill,
      ground: {
        name,
        network: network.id,
        prefix: network.prefix,
        labels,
        images: Object.fromEntries(images),
      },
      keep,
      command,
    };
    client.input.write(`${JSON.stringify(orders)}\n`);
    const stop = () => client.input.write(`${stopWord}\n`);
    signal.addEventListener('abort', stop, { once: true });
    const seen = await receive(client, drill, folder, progress);
    signal.removeEventListener('abort', stop);
    await writeNotes(folder, { ...notes, versions: seen.versions });
    if (!seen.connect) left = true;
    for (const line of seen.connect ?? []) progress.note(line);
    if (seen.error !== undefined && !signal.aborted) throw new Error(seen.error);
  } finally {
    if (left) await sweepDrill(name);
    await options.done(folder);
  }
}

interface Seen {
  readonly versions: Readonly<Record<string, string>>;
  readonly connect: readonly string[] | undefined;
  readonly error: string | undefined;
}

/** Writes what the drill streams, until its container ends. */
async function receive(client: Client, drill: Drill, folder: string, progress: Progress): Promise<Seen> {
  const files = new Map<string, WriteStream>();
  const fileOf = (name: string) => {
    let file = files.get(name);
    if (!file) {
      file = createWriteStream(join(folder, name), { flags: 'a' });
      files.set(name, file);
    }
    return file;
  };
  let versions: Seen['versions'] = {};
  let connect: Seen['connect'];
  let error: string | undefined = 'the drill ended without a word; see logs/client.log';
  const heard = (event: DrillEvent) => {
    if (event.kind === 'progress') progress.show({ drill: drill.name, ...event });
    else if (event.kind === 'versions') versions = event.versions;
    else if (event.kind === 'kept') connect = event.connect;
    else error = event.error;
  };
  client.errors.on('data', chunk => fileOf('logs/client.log').write(chunk));
  const decoder = new Decoder();
  for await (const chunk of client.output) {
    for (const { name, payload } of decoder.push(chunk as Buffer)) {
      if (name === eventName) heard(JSON.parse(payload.toString()) as DrillEvent);
      // A slow disk slows the reading, not the drill: what waits, waits in the engine's pipe.
      else if (!fileOf(name).write(payload))
        await new Promise(done => fileOf(name).once('drain', done as () => void));
    }
  }
  await Promise.race([client.ended, sleep(limits.tearDownMs, undefined, { ref: false })]).catch(() => {}); // removed by itself
  await Promise.all([...files.values()].map(file => new Promise(done => file.end(done as () => void))));
  return { versions, connect, error };
}

async function writeNotes(folder: string, notes: unknown): Promise<void> {
  await mkdir(dirname(join(folder, 'drill.json')), { recursive: true });
  await writeFile(join(folder, 'drill.json'), `${JSON.stringify(notes, undefined, 1)}\n`);
}
