import { createHash } from 'node:crypto';
import type { Drill, Resolved, Scenario } from './model.ts';
import { repetitionSeed } from './random.ts';

export interface Matrix {
  readonly scenarios: readonly { readonly name: string; readonly scenario: Scenario }[];
  readonly repeat: number;
  /** Of the run: an integer of 32 bits. */
  readonly seed: number;
}

/**
 * Patroni's own defaults, on the smallest cluster that keeps working without any one machine.
 * Source: https://patroni.readthedocs.io/en/latest/dynamic_configuration.html
 */
export const defaults = {
  app: 'sql',
  strategyOptions: {},
  cluster: { etcd: 3, postgres: 3, etcdBeside: false },
  patroni: {
    ttlS: 30,
    loopWaitS: 10,
    retryTimeoutS: 10,
    maximumLagOnFailoverBytes: 1_048_576,
    mode: 'async',
    failsafe: false,
  },
  data: { rows: 0 },
  load: { writesPerS: 200, connections: 8, connectMs: 2_000, answerMs: 5_000 },
  probe: { heldMs: 2, freshMs: 20 },
  tailS: 3,
} as const satisfies Partial<Resolved>;

/** A scenario with every default filled in. */
export function resolved(scenario: Scenario): Resolved {
  return {
    ...defaults,
    ...scenario,
    cluster: { ...defaults.cluster, ...scenario.cluster },
    patroni: { ...defaults.patroni, ...scenario.patroni },
    data: { ...defaults.data, ...scenario.data },
    load: { ...defaults.load, ...scenario.load },
    probe: { ...defaults.probe, ...scenario.probe },
  };
}

/**
 * Every scenario times every repetition. Repetitions are outermost, so that scenarios interleave and a machine that
 * grows slower during the run strikes all of them alike. All drills of one repetition have one seed.
 */
export function plan({ scenarios, repeat, seed }: Matrix): Drill[] {
  const drills: Drill[] = [];
  for (let repetition = 0; repetition < repeat; repetition++)
    for (const { name, scenario } of scenarios) {
      const drill = {
        name,
        scenario: resolved(scenario),
        repetition,
        seed: repetitionSeed(seed, repetition),
      };
      drills.push({ id: idOf(drill), ...drill });
    }
  return drills;
}

/** The hash of a drill's content: two drills with one id are the same experiment. */
export function idOf(drill: Omit<Drill, 'id'>): string {
  const { name, scenario, repetition, seed } = drill;
  return createHash('sha256').update(canonical({ name, scenario, repetition, seed })).digest('hex');
}

/** JSON with sorted keys and without undefined members, so that the order in which a person wrote them is no matter. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : item,
  );
}
