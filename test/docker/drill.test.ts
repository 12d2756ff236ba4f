import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFailed, test } from 'vitest';
import { readHistory } from '../../src/history/read.ts';
import type { DrillReport, Measure } from '../../src/model.ts';
import { engine } from '../../src/stack/engine.ts';
import { exec } from '../../src/stack/exec.ts';
import { label } from '../../src/stack/labels.ts';
import { command, type Ended, type Running, remaining, small, thingsOf, volumesOf } from './command.ts';

const measure = (drill: DrillReport, check: string, name: string): Measure | undefined =>
  drill.verdicts.find(verdict => verdict.check === check)?.measures[name];
const said = ({ stderr, stdout }: Ended) => onTestFailed(() => console.log(stderr, stdout));

/** What a report must not hold: the passwords in a database machine's configuration. */
async function secretsOf(owner: string): Promise<readonly string[]> {
  const filters = { label: [`${label.owner}=${owner}`, `${label.machine}=pg1`] };
  const [pg1] = await engine.listContainers({ filters });
  const signal = AbortSignal.timeout(10_000);
  const yaml = await exec(engine.getContainer(pg1!.Id), 'pg1', ['cat', '/etc/patroni/patroni.yml'], signal);
  return [...yaml.matchAll(/password: (\S+)$/gm)].map(match => match[1]!);
}

/** Runs it to its end. Before that, once all is steady, looks at what it stands on. */
async function whole(run: Running) {
  await run.says(/ {2}steady {2}/);
  const [volumes, secrets] = await Promise.all([volumesOf(run.owner), secretsOf(run.owner)]);
  const ended = await run.ended;
  said(ended);
  return { volumes, secrets, ended, report: await run.report() };
}

test('patroni-stop: an orderly hand-over is measured, nothing is lost, and nothing is left behind', async () => {
  await using run = await command('scenario', small('patroni-stop'), '--seed', '1');
  const { volumes, secrets, ended, report } = await whole(run);
  const [drill] = report.drills as [DrillReport];
  expect({ code: ended.code, status: drill.status, summary: drill.summary }).toMatchObject({
    code: 0,
    status: 'pass',
  });
  expect(report.drills).toHaveLength(1);
  expect(measure(drill, 'writes', 'lost')).toBe(0);
  expect(drill.phases.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['promoted', 'first acknowledged write', 'healed']),
  );
  const outage = measure(drill, 'write-outage', 'writeOutageMs') as { lower: number; upper: number };
  expect(outage.lower).toBeGreaterThan(0);
  expect(outage.upper).toBeGreaterThanOrEqual(outage.lower);
  for (const name of ['PostgreSQL', 'Patroni', 'etcd', 'HAProxy', 'Debian'])
    expect(drill.versions[name], name).toMatch(/^\d+\./);

  const folder = join(run.out, drill.folder);
  const history = await readHistory(folder);
  expect(history.damage ?? []).toEqual([]);
  expect([...history.streams].sort()).toEqual([
    'ledger',
    'probe-read-fresh',
    'probe-read-held',
    'probe-write-fresh',
    'probe-write-held',
  ]);
  for (const stream of history.streams) expect(history.operations(stream).length, stream).toBeGreaterThan(50);
  expect(history.facts('fault').map(({ value }) => value.split(' ')[0])).toEqual(
    expect.arrayContaining(['injected', 'bitten', 'healed', 'whole']),
  );
  const logs = await readdir(join(folder, 'logs'));
  expect(logs).toEqual(
    expect.arrayContaining(
      history.machines.filter(({ name }) => name !== 'client').map(({ name }) => `${name}.log`),
    ),
  );

  expect(secrets).toHaveLength(3);
  const files = await readdir(run.out, { recursive: true, withFileTypes: true });
  for (const file of files.filter(entry => entry.isFile())) {
    const text = await readFile(join(file.parentPath, file.name), 'latin1');
    for (const secret of secrets) expect(text.includes(secret), `a password in ${file.name}`).toBe(false);
    expect(text, file.name).not.toMatch(/PASSWORD '(?!\*+')/);
  }

  expect(volumes.length).toBeGreaterThanOrEqual(3); // of two databases and an etcd
  expect(await remaining(volumes)).toEqual([]);
  expect(await thingsOf(run.owner)).toEqual([]);
});

test('node-kill: a machine with PostgreSQL and etcd dies, comes back with its disk, and rejoins', async () => {
  await using run = await command('scenario', small('node-kill-beside'), '--seed', '1');
  const { volumes, ended, report } = await whole(run);
  const [drill] = report.drills as [DrillReport];
  expect({ code: ended.code, status: drill.status, summary: drill.summary }).toMatchObject({
    code: 0,
    status: 'pass',
  });
  expect(measure(drill, 'writes', 'lost')).toBe(0);
  // Nobody releases the leader key of a machine that is gone: its ttl of 20 s ends first, less one loop.
  const outage = measure(drill, 'write-outage', 'writeOutageMs') as { lower: number };
  expect(outage.lower).toBeGreaterThan(15_000);
  const history = await readHistory(join(run.out, drill.folder));
  expect(history.machines.find(({ name }) => name === 'pg1')?.roles).toEqual(['pg', 'etcd']);
  const struck = history.facts('fault')[0]!.subject;
  // The last is the end of the drill itself.
  const lives = history.facts('container', struck).map(({ value }) => value);
  expect(lives.slice(0, 3)).toEqual(['start', 'die', 'start']);
  expect(await remaining(volumes)).toEqual([]);
  expect(await thingsOf(run.owner)).toEqual([]);
});

describe('the planted defect and its remedy', () => {
  test('lost-writes-async finds lost writes and a split brain; lost-writes-sync finds neither', async () => {
    await using run = await command('scenario', 'lost-writes-async', 'lost-writes-sync', '--seed', '1');
    const ended = await run.ended;
    said(ended);
    const { drills } = await run.report();
    expect({ code: ended.code, drills: drills.map(d => [d.scenario, d.status, d.summary]) }).toEqual({
      code: 0,
      drills: [
        ['lost-writes-async', 'pass', expect.any(String)],
        ['lost-writes-sync', 'pass', expect.any(String)],
      ],
    });
    const [async, sync] = drills as [DrillReport, DrillReport];
    expect(measure(async, 'writes', 'lost')).toBeGreaterThanOrEqual(1);
    expect(measure(async, 'split-brain', 'acknowledgedByOld')).toBeGreaterThanOrEqual(1);
    const overlap = measure(async, 'split-brain', 'splitBrainMs');
    expect(typeof overlap === 'number' ? overlap : overlap?.lower).toBeGreaterThan(0);
    expect(measure(sync, 'writes', 'lost')).toBe(0);
    expect(measure(sync, 'split-brain', 'splitBrainMs')).toBe(0);
    expect(await thingsOf(run.owner)).toEqual([]);
  });
});
