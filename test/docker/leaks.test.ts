import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFailed, test } from 'vitest';
import { readHistory } from '../../src/history/read.ts';
import type { DrillReport } from '../../src/model.ts';
import { engine } from '../../src/stack/engine.ts';
import { chainKey, ensureImages } from '../../src/stack/images.ts';
import { label, ownerOf } from '../../src/stack/labels.ts';
import { createNetwork, networkLabels } from '../../src/stack/network.ts';
import { command, type Running, remaining, small, thingsOf, volumesOf } from './command.ts';

const machineImage = async () =>
  (await ensureImages([['machine']], () => {}, AbortSignal.timeout(60_000))).get(chainKey(['machine']))!;

/** Kills the desk as an out-of-memory killer would, and waits until nothing of its drill is left. */
async function killedAndGone(run: Running): Promise<number> {
  const [before, volumes] = await Promise.all([thingsOf(run.owner), volumesOf(run.owner)]);
  expect(before.length).toBeGreaterThan(4); // client, etcd, two databases, router and network
  run.child.kill('SIGKILL');
  const killedMs = performance.now();
  await expect.poll(() => thingsOf(run.owner), { timeout: 15_000, interval: 100 }).toEqual([]);
  const tookMs = performance.now() - killedMs;
  expect(await remaining(volumes)).toEqual([]);
  return tookMs;
}

/** Until the fault of the scenario `long` was proven to have bitten: what a running drill has recorded can be read. */
async function broken(run: Running): Promise<void> {
  await run.says('patroni-down on ');
  const faults = async () =>
    (await readHistory(join(run.out, 'drills', 'long-0'))).facts('fault').map(({ value }) => value);
  await expect.poll(faults, { timeout: 20_000, interval: 250 }).toContain('bitten patroni-down');
}

/** A container and a network as a drill leaves them whose process was killed together with its client. */
async function leftovers() {
  const child = spawn('sleep', ['60']);
  const owner = ownerOf(child.pid!);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const name = `failover-drill-left-${child.pid}`;
  const labels = networkLabels(name, owner, false);
  const network = await createNetwork(name, labels);
  const container = await engine.createContainer({
    name: `${name}-pg1`,
    Image: await machineImage(),
    Labels: { ...labels, [label.machine]: 'pg1' },
    HostConfig: { NetworkMode: network.id },
  });
  await container.start();
  expect(await thingsOf(owner)).toHaveLength(2);
  return owner;
}

test('kill -9 of the desk while the cluster starts: nothing is left; and the start had swept what a dead drill left', async () => {
  const dead = await leftovers();
  await using run = await command('scenario', small('long'));
  await expect.poll(() => thingsOf(dead), { timeout: 6_000, interval: 50 }).toEqual([]);
  await expect
    .poll(async () => (await thingsOf(run.owner)).length, { timeout: 20_000, interval: 50 })
    .toBeGreaterThan(4);
  const tookMs = await killedAndGone(run);
  console.log(`killed while starting: all gone after ${tookMs.toFixed(0)} ms`);
});

test('kill -9 of the desk while something is broken: nothing is left', async () => {
  await using run = await command('scenario', small('long'));
  await broken(run);
  const tookMs = await killedAndGone(run);
  console.log(`killed while a fault was in force: all gone after ${tookMs.toFixed(0)} ms`);
});

test('Ctrl-C while something is broken: a report that cannot tell, and nothing is left', async () => {
  await using run = await command('scenario', small('long'), '--seed', '1');
  await broken(run);
  const volumes = await volumesOf(run.owner);
  run.child.kill('SIGINT');
  const { code, stderr } = await run.ended;
  onTestFailed(() => console.log(stderr));
  expect(code).toBe(3);
  const [drill] = (await run.report()).drills as [DrillReport];
  expect(drill.status).toBe('unknown');
  const history = await readHistory(join(run.out, drill.folder));
  expect(history.facts('fault').map(({ value }) => value)).toContain('injected patroni-down');
  expect(history.facts('mark', 'drill').map(({ value }) => value)).toEqual(['stopped: stopped by the user']);
  expect(history.operations('ledger').length).toBeGreaterThan(50);
  expect(await remaining(volumes)).toEqual([]);
  expect(await thingsOf(run.owner)).toEqual([]);
});

test('two drills at once do not meet, `clean` touches neither, and foreign containers stay', async () => {
  await using undo = new AsyncDisposableStack();
  // Made of our own image, so that it carries the image's label, as anybody's could.
  const foreign = await engine.createContainer({ Image: await machineImage() });
  undo.defer(() => foreign.remove({ force: true, v: true }));
  await foreign.start();
  const dead = await leftovers();

  const runs = [
    undo.use(await command('scenario', small('quiet'), '--seed', '1')),
    undo.use(await command('scenario', small('quiet'), '--seed', '2')),
  ];
  await Promise.all(runs.map(run => run.says(/ {2}steady {2}/)));
  expect(await thingsOf(dead)).toEqual([]); // swept at the start
  const later = await leftovers();
  await using clean = await command('clean');
  const cleaned = await clean.ended;
  expect(cleaned.code).toBe(0);
  expect(cleaned.stdout.match(/^removed failover-drill-left-/gm)).toHaveLength(2);
  expect(await thingsOf(later)).toEqual([]);
  expect((await foreign.inspect()).State.Running).toBe(true);

  for (const run of runs) {
    const { code, stderr } = await run.ended;
    onTestFailed(() => console.log(stderr));
    // Two at once on a small machine may be too slow to be told, but nothing may be found that is not there.
    expect([0, 3]).toContain(code);
    const [drill] = (await run.report()).drills as [DrillReport];
    const history = await readHistory(join(run.out, drill.folder));
    expect(history.facts('mark', 'drill').map(({ value }) => value)).toEqual(['watched']);
    expect(drill.verdicts.find(({ check }) => check === 'writes')?.measures.lost).toBe(0);
    expect(await thingsOf(run.owner)).toEqual([]);
  }
});
