import { describe, expect, test } from 'vitest';
import fault from '../../src/checks/fault.ts';
import health from '../../src/checks/health.ts';
import instrument from '../../src/checks/instrument.ts';
import rejoin from '../../src/checks/rejoin.ts';
import { type Fact, NEVER } from '../../src/model.ts';
import { fact, failover, type Story, stall, without } from '../histories/build.ts';

const facts = (change: (facts: Fact[]) => Fact[]): Story => ({ facts: change });

describe('fault', () => {
  const doubts = (story: Story) => fault.measure(failover(story)).doubts;

  test('that was injected, bit and healed leaves no doubt', () => {
    expect(fault.measure(failover())).toMatchObject({
      doubts: [],
      measures: { bittenMs: { lower: 0, upper: 400 }, healMs: 2_200 },
      evidence: [
        { machine: 'pg1', fault: 'patroni-stop', atMs: 6_400, evidence: 'bitten: patroni does not run' },
      ],
    });
  });

  test.each([
    ['bitten', /patroni-stop on pg1 was not proven to bite \(bitten: patroni does not run\)/],
    ['healed', /patroni-stop on pg1 was not healed$/],
    ['whole', /pg1 was not proven whole again/],
  ])('that has no proof that it was %s is doubtful', (verb, doubt) => {
    expect(doubts(facts(without('fault', 'pg1', verb)))).toEqual([expect.stringMatching(doubt)]);
  });

  test('proof of an earlier injection is no proof of this one', () => {
    const twice = (all: Fact[]) => [...all, fact('fault', 'pg1', 'injected patroni-stop', 12_000, 12_100)];
    expect(doubts(facts(twice))).toEqual([
      expect.stringMatching(/not proven to bite/),
      expect.stringMatching(/was not healed/),
      expect.stringMatching(/not proven whole again/),
    ]);
  });

  test('proof of a later injection is no proof of this one', () => {
    const twice = (all: Fact[]) => [
      ...without('fault', 'pg1', 'bitten')(all),
      fact('fault', 'pg1', 'injected patroni-stop', 12_000, 12_100),
      fact('fault', 'pg1', 'bitten patroni-stop', 12_100, 12_200),
      fact('fault', 'pg1', 'healed patroni-stop', 13_000, 13_100),
      fact('fault', 'pg1', 'whole patroni-stop', 13_500, 13_600),
    ];
    expect(doubts(facts(twice))).toEqual([expect.stringMatching(/not proven to bite/)]);
  });

  test('that was planned and did not come is doubtful', () => {
    const other = (all: Fact[]) =>
      all.map(f => (f.key === 'fault' ? { ...f, value: f.value.replace('patroni-stop', 'node-kill') } : f));
    expect(doubts(facts(other))).toEqual(['patroni-stop, planned 5 s after steady state, was not injected']);
  });

  test('of a drill that was stopped is doubtful', () => {
    expect(doubts(facts(all => [...all, fact('mark', 'drill', 'stopped: by the user', 13_000)]))).toEqual([
      expect.stringMatching(/the drill ended early, at 19\.0 s \(stopped: by the user\)/),
    ]);
  });
});

describe('health', () => {
  test.each<[string, Story, RegExp]>([
    [
      'two primaries',
      facts(all => [...all, fact('role', 'pg3', 'primary', -3_000)]),
      /expected one primary before the fault, found pg1 and pg3/,
    ],
    [
      'no primary',
      facts(all => [...all, fact('role', 'pg1', 'silent', -3_000)]),
      /expected one primary before the fault, found none/,
    ],
    [
      'a replica that stopped streaming',
      facts(all => [...all, fact('streaming', 'pg2', '', -100)]),
      /pg2 was not streaming/,
    ],
    [
      'a ledger that is refused',
      { outages: { ledger: { fromMs: -1_900, toMs: 1_000, by: 'refusal' } } },
      /ledger: only 5 % of the writes/,
    ],
    [
      'a probe that is not there',
      { outages: { 'probe-write-held': { fromMs: -2_000, toMs: 0, by: 'not sent' } } },
      /probe-write-held: only 0 %/,
    ],
  ])('doubts a drill with %s', (_, story, doubt) => {
    expect(health.measure(failover(story)).doubts).toEqual([expect.stringMatching(doubt)]);
  });

  test('does not mind a held probe whose writes take longer than its tick', () => {
    const slow: Story['operation'] = (stream, op) =>
      stream === 'probe-write-held' && op.id % 3
        ? { ...op, outcome: 'failed', code: 'NOT_SENT', sentUs: NEVER, answeredUs: NEVER }
        : op;
    expect(health.measure(failover({ operation: slow }))).toMatchObject({
      doubts: [],
      measures: { probeShareBefore: 1 },
    });
  });

  test('doubts a held probe that is refused', () => {
    const refused: Story['operation'] = (stream, op) =>
      stream === 'probe-write-held' && op.id % 3 ? { ...op, outcome: 'failed', code: '53300' } : op;
    expect(health.measure(failover({ operation: refused })).doubts).toEqual([
      expect.stringMatching(/probe-write-held: only 33 %/),
    ]);
  });

  test('does not mind what comes after the fault', () => {
    expect(
      health.measure(failover(facts(all => [...all, fact('role', 'pg3', 'primary', 1)]))).doubts,
    ).toEqual([]);
  });
});

describe('instrument', () => {
  test('on time leaves no doubt, and tells what it cost', () => {
    expect(instrument.measure(failover())).toMatchObject({
      doubts: [],
      measures: { latenessMs: 0.3, latenessP99Ms: 0.3, loadShareOfCore: 0.15, probeShareOfCore: 0.57 },
    });
  });

  const short = { fromMs: 300, toMs: 700, by: 'refusal' } as const;
  test('late by more than 50 ms near an edge of a short outage voids the drill', () => {
    const { measures, doubts } = instrument.measure(failover({ outage: short, operation: stall(750, 805) }));
    expect(measures.latenessMs).toBe(55);
    expect(doubts).toHaveLength(2);
    expect(doubts[0]).toMatch(
      /void, the instrument was 55 ms late near the end of the outage \(at most 50 ms/,
    );
  });

  test('may be late by 5 % of a long outage', () => {
    expect(instrument.measure(failover({ operation: stall(3_750, 3_850) })).doubts).toEqual([]);
    expect(instrument.measure(failover({ operation: stall(3_750, 3_950) })).doubts).toHaveLength(4 / 2);
  });

  test('may be late where there was no outage, and not where it made one itself', () => {
    const none = { outage: null, promotion: null } as const;
    const often: Story['operation'] = (stream, op) =>
      stall(-2_000, -1_800)(stream, stall(900, 1_100)(stream, op)!);
    expect(instrument.measure(failover({ ...none, operation: often })).doubts).toEqual([]);
    expect(instrument.measure(failover({ ...none, operation: stall(900, 1_100) })).doubts).toHaveLength(4);
  });

  test('may be late far from the edges', () => {
    const { measures, doubts } = instrument.measure(failover({ operation: stall(6_000, 6_300) }));
    expect({ late: measures.latenessMs, doubts }).toEqual({ late: 0.3, doubts: [] });
  });

  const noHeld: Story['operation'] = (stream, op) =>
    stream.endsWith('-held') && op.dueUs > 9_000_000 && op.dueUs < 11_000_000
      ? { ...op, outcome: 'failed', code: 'NOT_SENT', sentUs: 0xffff_ffff, answeredUs: 0xffff_ffff }
      : op;
  test('is asked by fresh connections where no held one was sent, beyond their usual dialling', () => {
    const late: Story['operation'] = (stream, op) => stall(3_760, 3_860)(stream, noHeld(stream, op)!);
    const { evidence } = instrument.measure(failover({ operation: late }));
    expect(evidence).toContainEqual(
      expect.objectContaining({ stream: 'probe-write-fresh', edge: 'end', latenessMs: 96.5 }),
    );
  });

  test('does not blame itself for a fresh connection that hung until the end of the outage', () => {
    const dialled: Story['operation'] = (stream, op) =>
      stream.endsWith('-fresh') && op.answeredUs === 9_700_500
        ? { ...op, sentUs: 9_700_000 }
        : noHeld(stream, op);
    const story = { outage: { fromMs: 300, toMs: 3_700, by: 'hang' }, operation: dialled } as const;
    expect(instrument.measure(failover(story))).toMatchObject({ doubts: [], measures: { latenessMs: 0.3 } });
  });

  test('that sent nothing near an edge is doubtful', () => {
    const nothing: Story['operation'] = (stream, op) =>
      stream.endsWith('-fresh') && op.dueUs > 9_700_500 && op.dueUs < 10_300_000
        ? undefined
        : noHeld(stream, op);
    const story = { outage: { fromMs: 300, toMs: 3_700, by: 'hang' }, operation: nothing } as const;
    expect(instrument.measure(failover(story)).doubts).toEqual([
      'probe-write-fresh: no probe was sent within 500 ms of the end of the outage',
      'probe-write-held: no probe was sent within 500 ms of the end of the outage',
    ]);
  });

  test('of which an observer broke off is doubtful', () => {
    const broke = facts(all => [...all, fact('mark', 'drill', 'observer ended: out of memory', 3_000)]);
    expect(instrument.measure(failover(broke)).doubts).toEqual(['imagined: observer ended: out of memory']);
  });

  test('whose cost was not measured leaves it out', () => {
    expect(instrument.measure(failover(facts(without('cpu')))).measures).not.toHaveProperty(
      'probeShareOfCore',
    );
  });
});

describe('rejoin', () => {
  test('counts from the healing to the replica in step', () => {
    expect(rejoin.measure(failover())).toMatchObject({
      doubts: [],
      measures: { rejoinMs: { lower: 1_500, upper: 2_000 } },
      evidence: [{ machine: 'pg1', as: 'a replica in step', seenMs: 17_000 }],
    });
  });

  test('is the primary again where nobody was promoted', () => {
    expect(rejoin.measure(failover({ promotion: null }))).toMatchObject({
      doubts: [],
      measures: { rejoinMs: { lower: 0, upper: 0 } },
      summary: expect.stringMatching(/pg1 was the primary/),
    });
  });

  test('is over with the healing where the fault left the primary alone', () => {
    const alone = facts(without('role', 'pg1', 'silent'));
    expect(rejoin.measure(failover({ ...alone, promotion: null })).measures).toEqual({
      rejoinMs: { lower: 0, upper: 400 },
    });
  });

  test('waits for the primary that comes back after the healing', () => {
    const late = facts(all =>
      all.map(f => (f.key === 'role' && f.fromMs === 9_000 ? { ...f, fromMs: 15_900, toMs: 16_000 } : f)),
    );
    expect(rejoin.measure(failover({ ...late, promotion: null })).measures).toEqual({
      rejoinMs: { lower: 500, upper: 1_000 },
    });
  });

  test.each<[string, (facts: Fact[]) => Fact[], RegExp]>([
    ['was not healed', without('fault', 'pg1', 'healed'), /pg1 was not seen healed/],
    ['did not stream again', without('streaming', 'pg1', 'pg2'), /pg1 was not seen streaming again/],
    ['stayed behind', without('lag', 'pg1', '0'), /pg1 streamed from pg2 but was not seen in step/],
    [
      'stopped again',
      all => [...all, fact('streaming', 'pg1', '', 14_000)],
      /streamed from pg2 but had stopped again when the watching ended/,
    ],
  ])('is doubtful when the machine %s', (_, change, doubt) => {
    const { measures, doubts } = rejoin.measure(failover(facts(change)));
    expect({ measures, doubts }).toEqual({ measures: {}, doubts: [expect.stringMatching(doubt)] });
  });

  test('of a machine without PostgreSQL is that it is whole', () => {
    const etcd = (all: Fact[]) => all.map(f => (f.key === 'fault' ? { ...f, subject: 'router' } : f));
    expect(rejoin.measure(failover(facts(etcd))).measures).toEqual({
      rejoinMs: { lower: 1_600, upper: 2_200 },
    });
  });

  test('of a replica whose lag was told before and did not change is over when it streams', () => {
    const replica = (all: Fact[]) => [
      ...all
        .filter(f => !(f.subject === 'pg3' && f.key === 'streaming' && f.toMs > 6_000))
        .map(f => (f.key === 'fault' ? { ...f, subject: 'pg3' } : f)),
      fact('streaming', 'pg3', '', 300, 400),
      fact('streaming', 'pg3', 'pg2', 9_900, 10_000),
    ];
    expect(rejoin.measure(failover(facts(replica))).measures).toEqual({
      rejoinMs: { lower: 500, upper: 1_000 },
    });
  });

  test('of a replica that never stopped streaming is over with the healing', () => {
    const replica = (all: Fact[]) =>
      all
        .filter(f => !(f.subject === 'pg3' && f.key === 'streaming' && f.toMs > 6_000))
        .map(f => (f.key === 'fault' ? { ...f, subject: 'pg3' } : f));
    expect(rejoin.measure(failover(facts(replica))).measures).toEqual({ rejoinMs: { lower: 0, upper: 400 } });
  });
});
