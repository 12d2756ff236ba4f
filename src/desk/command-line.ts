import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { exit } from './exit.ts';

/*
 * The verbs. Each loads what it needs when it is called: the first write of a drill is waited for from the moment when
 * the command was given, and `list` and `judge` need no Docker.
 */

const seeds = 2 ** 32;
const repetitions = 1_000;

const wholeNumber = (min: number, max: number) => (text: string) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  return value;
};

/** @param ended is called with the exit code of the verb that ran */
export function program(ended: (code: number) => void): Command {
  const drill = new Command('failover-drill')
    .description('Failover drills for PostgreSQL: break a cluster on purpose, and see what its clients saw.')
    .helpCommand(false)
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()
    .addHelpText(
      'after',
      help(['npm run scenario', 'npm run drill -- list scenarios', 'npm run drill -- judge reports/latest']),
    );

  drill
    .command('scenario')
    .description('run scenarios against real clusters in containers, and report')
    .argument('[names...]', 'names from `list scenarios`, or paths of files (default: haproxy-patroni-stop)')
    .option('--seed <n>', 'all that is random follows from it', wholeNumber(0, seeds - 1))
    .option('--repeat <n>', 'how many times, the scenarios in turn', wholeNumber(1, repetitions), 1)
    .option('--out <dir>', 'the folder of the report (default: a new one in reports/)')
    .option('--keep', 'leave the stack up at the end, and say how to connect to it', false)
    .addHelpText(
      'after',
      help([
        'npm run scenario',
        'npm run scenario -- haproxy-node-kill --repeat 6',
        'npm run scenario -- lost-writes-async lost-writes-sync --seed 7 --out /tmp/lost',
        'npm run scenario -- ./my-scenario.ts --keep',
      ]),
    )
    .action(async (names: string[], { seed, repeat, out, keep }) => {
      const { scenario } = await import('../commands/scenario.ts');
      ended(await scenario(names, { seed: seed ?? Math.floor(Math.random() * seeds), repeat, out, keep }));
    });

  drill
    .command('list')
    .description('what there is to choose from, each with a sentence')
    .argument('[kind]', 'scenarios, strategies, faults, checks, apps, observers, workloads or reporters')
    .option('--json', 'for programs', false)
    .addHelpText('after', help(['npm run drill -- list faults', 'npm run drill -- list --json']))
    .action(async (kind: string | undefined, { json }) => {
      const { list } = await import('../commands/list.ts');
      ended(await list(kind, { json }));
    });

  drill
    .command('judge')
    .description('judge a run, or one drill of it, once more by its recorded history; needs no Docker')
    .argument('<dir>', "the folder of a run, or of one drill in a run's drills/")
    .addHelpText('after', help(['npm run drill -- judge reports/latest']))
    .action(async (folder: string) => {
      const { judge } = await import('../commands/judge.ts');
      ended(await judge(folder));
    });

  drill
    .command('report')
    .description('put the reports of several runs into one; needs no Docker')
    .argument('<dirs...>', 'the folders of the runs')
    .option('--out <dir>', 'where it is written (default: the first of them)')
    .addHelpText('after', help(['npm run drill -- report reports/2025-* --out reports/all']))
    .action(async (folders: string[], { out }) => {
      const { report } = await import('../commands/report.ts');
      ended(await report(folders, { out }));
    });

  drill
    .command('clean')
    .description('remove what dead runs have left behind, and stacks that were kept')
    .addHelpText('after', help(['npm run drill -- clean']))
    .action(async () => {
      const { clean } = await import('../commands/clean.ts');
      ended(await clean());
    });

  drill
    .command('images')
    .description('build every image that a drill may need')
    .addHelpText('after', help(['npm run drill -- images']))
    .action(async () => {
      const { images } = await import('../commands/images.ts');
      ended(await images());
    });
  return drill;
}

const help = (examples: readonly string[]): string =>
  `\nExamples:\n${examples.map(example => `  ${example}\n`).join('')}\nExit codes: 0 all passed, 1 a verdict failed, 2 bad input, 3 could not run or cannot be told`;

/** Runs one command line. Answers the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = exit.passed;
  try {
    await program(ended => {
      code = ended;
    }).parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // It has said everything itself; --help and --version are thrown too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.passed : exit.badInput;
    const [{ BadInput }, { explain }] = await Promise.all([
      import('../bad-input.ts'),
      import('./explain.ts'),
    ]);
    process.stderr.write(`${error instanceof BadInput ? error.message : explain(error)}\n`);
    return error instanceof BadInput ? exit.badInput : exit.untold;
  }
}
