import { resolve } from 'node:path';
import { BadInput } from '../bad-input.ts';
import type { campaign } from '../campaign.ts';
import { list, loadScenario } from '../catalog.ts';
import { exitCode } from '../desk/exit.ts';
import { interruptible } from '../desk/interrupt.ts';
import type { Paper } from '../desk/print.ts';
import { createRunFolder, fromHere, pointLatest, removeIfEmpty } from '../desk/run-folder.ts';
import type { DrillReport, Report, Scenario } from '../model.ts';
import { plan } from '../plan.ts';
import { progress, type Screen } from '../progress.ts';
import { problemsOfScenario, type Vocabulary } from '../scenario.ts';

export const defaultScenario = 'haproxy-patroni-stop';

export interface Flags {
  readonly seed: number;
  readonly repeat: number;
  readonly out: string | undefined;
  readonly keep: boolean;
}
export type Campaign = typeof campaign;
/** What a test replaces. */
export interface Surroundings {
  readonly stdout: Paper;
  readonly stderr: Screen;
  readonly campaign: () => Promise<Campaign>;
  /** The folder that `latest` stands in, and a run unless it was told another. */
  readonly reports?: string;
}
const real: Surroundings = {
  stdout: process.stdout,
  stderr: process.stderr,
  campaign: async () => (await import('../campaign.ts')).campaign,
};

/** Runs scenarios and reports. Answers the exit code. */
export async function scenario(
  words: readonly string[],
  flags: Flags,
  { stdout, stderr, campaign: loadCampaign, reports }: Surroundings = real,
): Promise<number> {
  const scenarios = await readScenarios(words.length ? words : [defaultScenario]);
  const names = scenarios.map(({ name }) => name);
  const drills = plan({ scenarios, repeat: flags.repeat, seed: flags.seed });
  const out = await createRunFolder(names, flags.out, reports);
  const live = progress(stderr);
  live.note(`${drills.length === 1 ? names[0] : `${drills.length} drills`}, seed ${flags.seed}, into ${out}`);
  using stop = interruptible(live.note);
  const book = ledgerOf(out, names, flags);

  let complete = false;
  let failure: { readonly error: unknown } | undefined;
  try {
    const run = await loadCampaign();
    const { interrupted } = await run(drills, {
      out,
      keep: flags.keep,
      progress: live,
      signal: stop.signal,
      async done(folder) {
        const { status, summary } = await book.judge(folder);
        live.note(`${status}: ${folder.split('/').at(-1)}: ${summary}`);
        await pointLatest(out, reports);
      },
    });
    complete = !interrupted && !stop.signal.aborted;
  } catch (error) {
    failure = { error };
  }
  live.end();
  const report = await book.close();
  if (!report) await removeIfEmpty(out);
  else {
    await pointLatest(out, reports);
    const { print } = await import('../desk/print.ts');
    print(stdout, report, out);
  }
  const code = exitCode(
    report?.drills.map(({ status }) => status) ?? [],
    complete && report?.drills.length === drills.length,
  );
  if (failure && !stop.signal.aborted) {
    const { explain } = await import('../desk/explain.ts');
    stderr.write(`${explain(failure.error)}\n`);
  }
  return code;
}

/**
 * Judges drills one after the other as they end, and rewrites the reports each time. What judging needs is loaded
 * after the first drill has begun: it is in nobody's way then.
 */
function ledgerOf(out: string, names: readonly string[], { seed, repeat }: Flags) {
  const judged = new Map<string, DrillReport>();
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work);
    queue = turn.catch(() => {});
    return turn;
  };
  const write = async (): Promise<Report> => {
    const { commandOf, inOrder, publish } = await import('../desk/publish.ts');
    const { tool } = await import('../desk/tool.ts');
    const command = commandOf(names, seed, repeat);
    const report: Report = { schema: 1, tool: await tool(), seed, command, drills: inOrder(judged.values()) };
    await publish(out, report);
    return report;
  };
  const judge = async (folder: string): Promise<DrillReport> => {
    const { judgeFolder } = await import('../desk/judged.ts');
    const report = await judgeFolder(folder, out);
    judged.set(resolve(folder), report);
    return report;
  };
  return {
    judge: (folder: string) =>
      inTurn(async () => {
        const report = await judge(folder);
        await write();
        return report;
      }),
    /** Also judges a drill that was begun and never ended; undefined when nothing was recorded at all. */
    close: () =>
      inTurn(async () => {
        const { drillFolders } = await import('../desk/judged.ts');
        for (const folder of await drillFolders(out)) if (!judged.has(resolve(folder))) await judge(folder);
        return judged.size ? write() : undefined;
      }),
  };
}

/**
 * Every scenario, found and checked.
 * @throws BadInput with every problem of every scenario.
 */
async function readScenarios(words: readonly string[]): Promise<{ name: string; scenario: Scenario }[]> {
  const twice = words.find((word, index) => words.indexOf(word) !== index);
  if (twice !== undefined)
    throw new BadInput(`choosing scenarios: found '${twice}' twice; --repeat runs a scenario more than once`);
  const [files, vocabulary] = await Promise.all([
    Promise.all(words.map(word => loadScenario(isPath(word) ? fromHere(word) : word))),
    allNames(),
  ]);
  const problems = files.flatMap(({ file, value }) =>
    problemsOfScenario(value, vocabulary).map(problem => `${file}: ${problem}`),
  );
  const names = files.map(({ name }) => name);
  const same = names.find((name, index) => names.indexOf(name) !== index);
  if (same !== undefined) problems.push(`choosing scenarios: found two files named '${same}'; rename one`);
  if (problems.length) throw new BadInput(problems);
  return files.map(({ name, value }) => ({ name, scenario: value as Scenario }));
}

const isPath = (word: string): boolean => word.includes('/') || word.endsWith('.ts');

async function allNames(): Promise<Vocabulary> {
  const [strategies, apps, faults, checks] = await Promise.all([
    list('strategies'),
    list('apps'),
    list('faults'),
    list('checks'),
  ]);
  const measures = [...checks.values()].flatMap(check => Object.keys(check.measures));
  return { strategies, apps, faults, measures };
}
