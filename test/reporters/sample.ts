import type { DrillReport, Phase, Report, Status, Verdict } from '../../src/model.ts';
import { idOf, resolved } from '../../src/plan.ts';

/** What markup of every kind would stumble over. */
export const nasty = 'a|b <i>&"quoted"\' `code` *bold* _under_ [link](x)\nsecond line \u0000\u001b[31m ~~~';

const phase = (name: string, atMs: number, waitedFor = '', governedBy = ''): Phase => ({
  name,
  atMs,
  fromMs: atMs - 2,
  toMs: atMs,
  waitedFor,
  governedBy,
});

export const verdict = (check: string, status: Status, rest: Partial<Verdict> = {}): Verdict => ({
  check,
  status,
  summary: `${check} says ${status}`,
  measures: {},
  bounds: {},
  evidence: [],
  doubts: [],
  ...rest,
});

/** A failover of 3.4 s, 5 s of writes before it and 10 s after, which passed. */
export function sampleDrill(rest: Partial<DrillReport> = {}): DrillReport {
  const scenario = resolved({
    about: 'A sample.',
    strategy: 'haproxy',
    timeline: [{ atS: 5, forS: 60, fault: 'patroni-stop' }],
    lastS: 150,
    expect: {},
  });
  const { cluster, patroni, data, load, probe, strategyOptions } = scenario;
  const name = rest.scenario ?? 'haproxy-patroni-stop';
  const repetition = rest.repetition ?? 0;
  return {
    id: idOf({ name, scenario, repetition, seed: 7 }),
    scenario: name,
    strategy: 'haproxy',
    app: 'sql',
    faults: ['patroni-stop'],
    seed: 7,
    repetition,
    status: 'pass',
    summary: 'Writes stopped for 3.4 s; nothing that was acknowledged was lost.',
    versions: { postgresql: '17.6', patroni: '4.0.6' },
    settings: { cluster, patroni, data, load, probe, strategyOptions },
    startUp: [
      { step: 'network', atMs: 310 },
      { step: 'first write', atMs: 4_210 },
    ],
    phases: [
      phase('fault', 0),
      phase('promoted', 1_200, 'the election', 'Patroni'),
      phase('first acknowledged write', 3_400),
      phase('healed', 8_500),
    ],
    verdicts: [
      verdict('write-outage', 'pass', {
        measures: { writeOutageMs: { lower: 3_380, upper: 3_420 } },
        bounds: { writeOutageMs: { max: 30_000 } },
      }),
      verdict('writes', 'pass', {
        measures: { acknowledged: 2_300, lost: 0, duplicated: 0 },
        bounds: { lost: { max: 0 } },
      }),
    ],
    writeRate: { fromS: -5, perS: [200, 200, 200, 200, 200, 40, 0, 0, 120, 200, 200, 200, 200, 200, 200] },
    folder: `drills/${name}-${repetition}`,
    ...rest,
  };
}

export const failedDrill = (): DrillReport =>
  sampleDrill({
    scenario: 'haproxy-node-kill',
    status: 'fail',
    summary: `Writes were lost: ${nasty}`,
    verdicts: [
      verdict('write-outage', 'unknown', {
        measures: { writeOutageMs: { lower: 41_000, upper: null } },
        bounds: { writeOutageMs: { max: 60_000 } },
        doubts: ['the watching ended first'],
      }),
      verdict('writes', 'fail', {
        summary: nasty,
        measures: { acknowledged: 2_300, lost: 3 },
        bounds: { lost: { max: 0 } },
        evidence: Array.from({ length: 12 }, (_, id) => ({ id, node: nasty })),
      }),
    ],
  });

export const sampleReport = (drills: readonly DrillReport[] = [sampleDrill()]): Report => ({
  schema: 1,
  tool: 'failover-drill 0.1.0',
  seed: 7,
  command: 'npm run scenario -- haproxy-patroni-stop --seed 7',
  drills,
});
