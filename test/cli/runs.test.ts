import { mkdir, mkdtemp, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BadInput } from '../../src/bad-input.ts';
import { judge } from '../../src/commands/judge.ts';
import { merge, report } from '../../src/commands/report.ts';
import { type Campaign, scenario } from '../../src/commands/scenario.ts';
import { publish, readReport } from '../../src/desk/publish.ts';
import type { Drill, Report } from '../../src/model.ts';
import { failedDrill, sampleDrill, sampleReport } from '../reporters/sample.ts';

let reports: string;
beforeEach(async () => {
  reports = await realpath(await mkdtemp(join(tmpdir(), 'runs-')));
});
afterEach(() => rm(reports, { recursive: true }));

const paper = () => {
  const written: string[] = [];
  return { written, write: (text: string) => void written.push(text), text: () => written.join('') };
};

/** As a campaign leaves a drill that broke before anything was recorded: its head, and no history. */
async function recordNothing(out: string, drill: Drill): Promise<string> {
  const folder = join(out, 'drills', `${drill.name}-${drill.repetition}`);
  await mkdir(folder, { recursive: true });
  const head = {
    schema: 1,
    drill,
    machines: [],
    versions: { patroni: '4.0.6' },
    tool: 'failover-drill 0.1.0',
  };
  await writeFile(join(folder, 'drill.json'), JSON.stringify(head));
  return folder;
}

const flags = { seed: 7, repeat: 2, out: undefined, keep: false };

describe('scenario', () => {
  const start = async (campaign: Campaign, more: Partial<typeof flags> = {}) => {
    const stdout = paper();
    const stderr = paper();
    const surroundings = { stdout, stderr, campaign: async () => campaign, reports };
    const code = await scenario([], { ...flags, ...more }, surroundings);
    return { code, out: stdout.text(), err: stderr.text() };
  };

  test('plans, hands over, judges each drill as it ends, and reports', async () => {
    let planned: readonly Drill[] = [];
    let between: Report | undefined;
    const { code, out, err } = await start(async (drills, { out: folder, done, signal, keep }) => {
      planned = drills;
      expect(signal.aborted).toBe(false);
      expect(keep).toBe(false);
      await done(await recordNothing(folder, drills[0]!));
      between = await readReport(folder);
      await done(await recordNothing(folder, drills[1]!));
      return { interrupted: false };
    });
    expect(planned.map(({ name, repetition }) => `${name} ${repetition}`)).toEqual([
      'haproxy-patroni-stop 0',
      'haproxy-patroni-stop 1',
    ]);
    expect(between?.drills).toHaveLength(1);
    // Nothing was recorded, so nothing can be told.
    expect(code).toBe(3);
    expect(out).toContain(
      '2 unknown; again with: npm run scenario -- haproxy-patroni-stop --seed 7 --repeat 2',
    );
    expect(err).toContain('unknown: haproxy-patroni-stop-0: ');
    const latest = await readReport(join(reports, await readlink(join(reports, 'latest'))));
    expect(latest).toMatchObject({ schema: 1, seed: 7 });
    expect(latest.drills.map(({ id, status, folder }) => ({ id, status, folder }))).toEqual(
      planned.map(({ id, repetition }) => ({
        id,
        status: 'unknown',
        folder: `drills/haproxy-patroni-stop-${repetition}`,
      })),
    );
  });

  test('writes every report into the folder that was asked for', async () => {
    const folder = join(reports, 'mine');
    await start(
      async (drills, { out, done }) => {
        expect(out).toBe(folder);
        await done(await recordNothing(out, drills[0]!));
        return { interrupted: false };
      },
      { out: folder as never, repeat: 1 },
    );
    for (const file of ['report.json', 'report.schema.json', 'junit.xml', 'summary.md', 'summary.txt'])
      expect((await readFile(join(folder, file), 'utf8')).length, file).toBeGreaterThan(100);
  });

  test('a drill that was begun when the campaign broke is judged all the same, and the error is told', async () => {
    const { code, err } = await start(async (drills, { out }) => {
      await recordNothing(out, drills[0]!);
      throw new Error('starting pg1: no answer', { cause: new Error('refused') });
    });
    expect(code).toBe(3);
    expect(err).toContain('starting pg1: no answer\n  because: refused\n');
    const latest = await readReport(join(reports, 'latest'));
    expect(latest.drills).toHaveLength(1);
  });

  test('nothing recorded leaves nothing behind', async () => {
    let folder = '';
    const { code } = await start(async (_drills, { out }) => {
      folder = out;
      return { interrupted: true };
    });
    expect(code).toBe(3);
    await expect(readFile(folder)).rejects.toThrow(/ENOENT/);
    await expect(readlink(join(reports, 'latest'))).rejects.toThrow(/ENOENT/);
  });
});

describe('judge', () => {
  test('makes the reports of a run that has none, and keeps its seed and command when it has', async () => {
    const run = join(reports, 'run');
    const drill = { ...sampleOf('haproxy-patroni-stop'), seed: 9 };
    const folder = await recordNothing(run, drill);
    const stdout = paper();
    expect(await judge(run, stdout)).toBe(3);
    const made = await readReport(run);
    expect(made).toMatchObject({ seed: 9, command: 'npm run scenario -- haproxy-patroni-stop --seed 9' });
    expect(made.drills).toHaveLength(1);

    await publish(run, { ...made, command: 'the command', drills: [failedDrill()] });
    expect(await judge(folder, paper())).toBe(3);
    const again = await readReport(run);
    expect(again.command).toBe('the command');
    expect(again.drills.map(({ scenario: name }) => name)).toEqual([
      'haproxy-node-kill',
      'haproxy-patroni-stop',
    ]);
  });

  test('a folder that is neither a run nor a drill is bad input', async () => {
    await expect(judge(reports, paper())).rejects.toThrow(BadInput);
  });
});

describe('report', () => {
  const write = async (name: string, value: Report): Promise<string> => {
    const folder = join(reports, name);
    await mkdir(folder);
    await publish(folder, value);
    return folder;
  };

  test('puts several runs into the first, and twice is the same as once', async () => {
    const one = await write('one', sampleReport([sampleDrill()]));
    const two = await write('two', sampleReport([failedDrill()]));
    const stdout = paper();
    expect(await report([one, two], { out: undefined }, stdout)).toBe(1);
    const merged = await readReport(one);
    expect(merged.drills.map(({ folder }) => folder)).toEqual([
      '../two/drills/haproxy-node-kill-0',
      'drills/haproxy-patroni-stop-0',
    ]);
    expect(stdout.text()).toContain('1 passed, 1 failed');
    await report([one, two], { out: undefined }, paper());
    expect(await readReport(one)).toEqual(merged);
  });

  test('or into a folder that was named, without touching the runs', async () => {
    const one = await write('one', sampleReport([sampleDrill()]));
    const out = join(reports, 'all');
    expect(await report([one], { out }, paper())).toBe(0);
    expect((await readReport(out)).drills[0]?.folder).toBe('../one/drills/haproxy-patroni-stop-0');
    expect(await readReport(one)).toEqual(sampleReport([sampleDrill()]));
  });

  test('two recordings of one experiment are two drills', () => {
    const runs = ['/r/a', '/r/b'].map(folder => ({ folder, report: sampleReport() }));
    expect(merge(runs, '/r/a', 'failover-drill').drills).toHaveLength(2);
  });

  test.each([
    ['nothing', undefined, /ENOENT/],
    ['no JSON', '{', /JSON/],
    ['another schema', JSON.stringify({ ...sampleReport(), schema: 2 }), /expected a report of schema 1/],
  ])('%s in place of report.json is bad input', async (_what, text, message) => {
    if (text !== undefined) await writeFile(join(reports, 'report.json'), text);
    const error = await report([reports], { out: undefined }, paper()).catch(each => each);
    expect(error).toBeInstanceOf(BadInput);
    expect(error.message).toMatch(message);
    expect(error.message).toContain('judge');
  });
});

function sampleOf(name: string): Drill {
  const { settings, id, seed, repetition } = sampleDrill({ scenario: name });
  return {
    id,
    name,
    seed,
    repetition,
    scenario: {
      ...settings,
      about: 'A sample.',
      strategy: 'haproxy',
      app: 'sql',
      timeline: [{ atS: 5, forS: 60, fault: 'patroni-stop' }],
      lastS: 150,
      tailS: 3,
      expect: {},
    },
  };
}
