import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import patroniStop from '../src/faults/patroni-stop.ts';
import type { Fact, Fault, Injury, Measuring, Step } from '../src/model.ts';
import { plan } from '../src/plan.ts';
import { type Parts, type Planned, run } from '../src/run.ts';
import { fakeHost, fakeStack } from './fake-stack.ts';

type Told = Omit<Fact, 'source'>;

/** A whole drill without a container. `log` is what happened, in order, across all of its parts. */
function scene({ lastS = 1, tailS = 0, timeline = [] as readonly Planned[] } = {}) {
  const log: string[] = [];
  const told: Told[] = [];
  const note = (what: string) => void log.push(what);
  const pg1 = fakeHost('pg1');
  const pg22 = fakeHost('pg22');
  const stack = fakeStack([pg1, pg22], note);
  stack.leads.primary = pg1;
  const measuring: Measuring & AsyncDisposable = {
    steady: async () => note('steady'),
    nextLoop: async () => {},
    holds: async (_condition, _struck, signal) => {
      await sleep(60_000, undefined, { signal });
    },
    testify: async struck => note(`testify ${struck.name}`),
    inStep: async () => note('in step'),
    finish: async () => note('finish'),
    [Symbol.asyncDispose]: async () => note('measuring disposed'),
  };
  const [drill] = plan({
    scenarios: [
      {
        name: 'fake',
        scenario: { about: '', strategy: 'haproxy', timeline: [], lastS, tailS, expect: {} },
      },
    ],
    repeat: 1,
    seed: 1,
  });
  const parts: Parts = {
    raise: async () => stack,
    measure: async () => measuring,
    tell: fact => {
      told.push(fact);
      if (fact.key === 'fault' || fact.key === 'mark') note(`${fact.subject}: ${fact.value}`);
    },
    nowMs: () => performance.now(),
    phase: () => {},
  };
  const stopping = new AbortController();
  return {
    log,
    told,
    pg1,
    pg22,
    stack,
    measuring,
    parts,
    stop: () => stopping.abort(new Error('stopped by the user')),
    run: () => run(drill!, timeline, parts, stopping.signal),
  };
}
type Scene = ReturnType<typeof scene>;

/** A fault that says what becomes of it. */
function fault(
  log: () => string[],
  name: string,
  change: Partial<Injury> & { inject?: Fault['inject'] } = {},
) {
  const injury: Injury = {
    bitten: async () => 'it bit',
    healed: async () => 'it runs',
    ...change,
    async [Symbol.asyncDispose]() {
      log().push(`${name} cured`);
      await change[Symbol.asyncDispose]?.();
    },
  };
  const made: Fault = {
    about: '',
    options: {},
    target: 'primary',
    async inject(...args) {
      log().push(`${name} injected`);
      return change.inject ? change.inject(...args) : injury;
    },
  };
  return { injury, made };
}
const planned = (made: Fault, name: string, step: Partial<Step> = {}): Planned => ({
  step: { atS: 0, forS: 0.05, fault: name, ...step },
  fault: made,
  options: {},
  phaseS: 0,
});
const times = (log: readonly string[], what: string) => log.filter(line => line === what).length;
const inOrder = (log: readonly string[], ...wanted: readonly string[]) =>
  expect(log.filter(line => wanted.includes(line))).toEqual(wanted);

/** One drill with one step. */
function oneStep(change: Parameters<typeof fault>[2] = {}, step: Partial<Step> = {}) {
  let log: string[] = [];
  const { made, injury } = fault(() => log, 'blow', change);
  const s = scene({ timeline: [planned(made, 'blow', step)] });
  log = s.log;
  return { ...s, injury };
}

describe('all goes well', () => {
  test('everything in its order: steady, injected, bitten, testimony, healed, whole, in step, read back', async () => {
    const s = oneStep();
    await s.run();
    expect(s.log).toEqual([
      'steady',
      'resolved pg1',
      'blow injected',
      'pg1: injected blow',
      'pg1: bitten blow',
      'testify pg1',
      'blow cured',
      'pg1: healed blow',
      'pg1: whole blow',
      'in step',
      'drill: watched',
      'finish',
      'measuring disposed',
      'stack disposed',
    ]);
    expect(s.told.filter(({ key }) => key === 'evidence').map(({ value }) => value)).toEqual([
      'bitten: it bit',
      'whole: it runs',
    ]);
  });

  test('an injection and a cure are brackets of the time that they took', async () => {
    let injury: Injury | undefined;
    const s = oneStep({
      inject: async () => {
        await sleep(40);
        return injury!;
      },
      [Symbol.asyncDispose]: () => sleep(30),
    });
    injury = s.injury;
    await s.run();
    const [injected, healed] = ['injected', 'healed'].map(
      step => s.told.find(({ value }) => value === `${step} blow`)!,
    );
    expect(injected!.toMs - injected!.fromMs).toBeGreaterThanOrEqual(38);
    expect(healed!.toMs - healed!.fromMs).toBeGreaterThanOrEqual(28);
  });

  test('who is struck is looked up at the moment of the injection, and not before', async () => {
    const s = oneStep({}, { atS: 0.06 });
    s.measuring.steady = async () => {
      setTimeout(() => {
        s.stack.leads.primary = s.pg22; // a failover meanwhile
      }, 20);
    };
    await s.run();
    expect(s.log[0]).toBe('resolved pg22');
    expect(s.log).not.toContain('resolved pg1');
    expect(s.told.find(({ value }) => value === 'injected blow')?.subject).toBe('pg22');
  });

  test('the step names a machine, or else the fault knows its target', async () => {
    const s = oneStep({}, { on: { node: 'pg22' } });
    await s.run();
    expect(s.log).toContain('resolved pg22');
  });

  test('a condition that holds heals before the time is over', async () => {
    const s = oneStep({}, { forS: 30, until: { recoveredForS: 1 } });
    s.measuring.holds = async (condition, struck) => {
      expect(condition).toEqual({ recoveredForS: 1 });
      expect(struck.name).toBe('pg1');
      s.log.push('holds');
    };
    await s.run();
    inOrder(s.log, 'pg1: bitten blow', 'holds', 'testify pg1', 'blow cured');
  });

  test('a condition that never holds heals when the time is over', async () => {
    const s = oneStep({}, { forS: 0.05, until: { acknowledgedByOld: 5 } });
    await s.run();
    inOrder(s.log, 'testify pg1', 'blow cured', 'pg1: whole blow', 'finish');
  });

  test('two steps overlap, and each is healed once at its own time', async () => {
    let log: string[] = [];
    const long = fault(() => log, 'long');
    const short = fault(() => log, 'short');
    const s = scene({
      timeline: [
        planned(long.made, 'long', { forS: 0.25 }),
        planned(short.made, 'short', { atS: 0.06, forS: 0.06, on: { node: 'pg22' } }),
      ],
    });
    log = s.log;
    await s.run();
    inOrder(s.log, 'long injected', 'short injected', 'short cured', 'long cured', 'in step', 'finish');
  });
});

describe('the watching ends', () => {
  test('when lastS is over, though nothing came into step', async () => {
    const s = scene({ lastS: 0.15, tailS: 60 });
    s.measuring.inStep = async signal => {
      await sleep(60_000, undefined, { signal });
    };
    const startedMs = performance.now();
    await s.run();
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(145);
    inOrder(s.log, 'drill: watched', 'finish', 'stack disposed');
  });

  test('tailS after all is in step, when that is sooner', async () => {
    const s = scene({ lastS: 60, tailS: 0.1 });
    const startedMs = performance.now();
    await s.run();
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThanOrEqual(95);
    expect(tookMs).toBeLessThan(5_000);
  });
});

describe('all does not go well', () => {
  test('a fault that is never proven to bite: the drill goes on and says why', async () => {
    const s = oneStep({
      bitten: async () => {
        throw new Error('the process still runs');
      },
    });
    await s.run();
    expect(s.log).not.toContain('pg1: bitten blow');
    inOrder(s.log, 'pg1: injected blow', 'blow cured', 'pg1: whole blow', 'finish');
    const evidence = s.told.filter(({ key }) => key === 'evidence').map(({ value }) => value);
    expect(evidence[0]).toBe(
      'bitten: waiting for blow on pg1 to be bitten: saw the process still runs after 50 ms',
    );
  });

  test('an injection that throws half-way: what was broken before is healed, and the stack is taken down', async () => {
    let log: string[] = [];
    const first = fault(() => log, 'first');
    const second = fault(() => log, 'second', {
      inject: async () => {
        throw new Error('the second blow broke');
      },
    });
    const s = scene({
      timeline: [planned(first.made, 'first', { forS: 30 }), planned(second.made, 'second', { atS: 0.05 })],
    });
    log = s.log;
    await expect(s.run()).rejects.toThrow('the second blow broke');
    expect(times(s.log, 'first cured')).toBe(1);
    inOrder(
      s.log,
      'first injected',
      'second injected',
      'first cured',
      'measuring disposed',
      'stack disposed',
    );
    expect(s.log).not.toContain('pg1: injected second');
  });

  test('an injection in flight when another step fails is awaited, and healed too', async () => {
    let log: string[] = [];
    let injury: Injury | undefined;
    const slow = fault(() => log, 'slow', {
      inject: async () => {
        await sleep(80); // heeds no signal, as a call to the engine may not
        return injury!;
      },
    });
    injury = slow.injury;
    const failing = fault(() => log, 'failing', {
      inject: async () => {
        throw new Error('it broke');
      },
    });
    const s = scene({
      timeline: [planned(slow.made, 'slow', { forS: 30 }), planned(failing.made, 'failing', { atS: 0.02 })],
    });
    log = s.log;
    await expect(s.run()).rejects.toThrow('it broke');
    inOrder(s.log, 'failing injected', 'pg1: injected slow', 'slow cured', 'stack disposed');
  });

  test('a cure that fails is told in its own words, and the stack is taken down', async () => {
    const s = oneStep({
      [Symbol.asyncDispose]: async () => {
        throw new Error('the cure broke');
      },
    });
    await expect(s.run()).rejects.toThrow('the cure broke');
    expect(s.log).not.toContain('pg1: healed blow');
    inOrder(s.log, 'blow cured', 'measuring disposed', 'stack disposed');
  });

  test('a step and a cure that both fail are both told', async () => {
    let log: string[] = [];
    const first = fault(() => log, 'first', {
      [Symbol.asyncDispose]: async () => {
        throw new Error('the cure broke');
      },
    });
    const second = fault(() => log, 'second', {
      inject: async () => {
        throw new Error('the blow broke');
      },
    });
    const s = scene({
      timeline: [planned(first.made, 'first', { forS: 30 }), planned(second.made, 'second', { atS: 0.02 })],
    });
    log = s.log;
    await expect(s.run()).rejects.toThrow('the blow broke; and then: the cure broke');
    expect(s.log.at(-1)).toBe('stack disposed');
  });

  test('a real fault whose kill fails leaves nothing behind in the drill', async () => {
    const s = scene({ timeline: [planned(patroniStop, 'patroni-stop')] });
    s.pg1.breaks = { call: 'patroni stop', late: true };
    await expect(s.run()).rejects.toThrow('patroni stop broke');
    expect(s.pg1.is).toMatchObject({ held: false, patroni: expect.any(Number) });
  });

  test('a stack that never became steady is taken down, and nothing is broken in it', async () => {
    const s = oneStep();
    s.measuring.steady = async () => {
      throw new Error('no leader');
    };
    await expect(s.run()).rejects.toThrow('no leader');
    expect(s.log).toEqual(['measuring disposed', 'stack disposed']);
  });

  test('measuring that cannot begin takes the stack down', async () => {
    const s = oneStep();
    s.parts.measure = async () => {
      throw new Error('no thread');
    };
    await expect(s.run()).rejects.toThrow('no thread');
    expect(s.log).toEqual(['stack disposed']);
  });
});

describe('interrupted by the user', () => {
  const interrupted = async (s: Scene & { injury?: Injury }, when: () => boolean) => {
    const running = s.run();
    running.catch(() => {}); // asserted below
    await expect.poll(when, { interval: 5 }).toBe(true);
    s.stop();
    await expect(running).rejects.toThrow('stopped by the user');
  };

  test('while something is broken: healed once, then the measuring ends, then the stack', async () => {
    const s = oneStep({}, { forS: 30 });
    await interrupted(s, () => s.log.includes('pg1: bitten blow'));
    expect(times(s.log, 'blow cured')).toBe(1);
    inOrder(s.log, 'pg1: bitten blow', 'blow cured', 'measuring disposed', 'stack disposed');
    expect(s.log).not.toContain('finish');
    expect(s.log).not.toContain('drill: watched');
  });

  test('while a fault is being injected: it is awaited and healed', async () => {
    let injury: Injury | undefined;
    const s = oneStep({
      inject: async () => {
        await sleep(80);
        return injury!;
      },
    });
    injury = s.injury;
    await interrupted(s, () => s.log.includes('blow injected'));
    inOrder(s.log, 'blow injected', 'pg1: injected blow', 'blow cured', 'stack disposed');
  });

  test('while a cure is at work: it is not done twice', async () => {
    let curing = false;
    const s = oneStep({
      [Symbol.asyncDispose]: async () => {
        curing = true;
        await sleep(60);
      },
    });
    await interrupted(s, () => curing);
    expect(times(s.log, 'blow cured')).toBe(1);
  });

  test('before the first step: nothing is broken', async () => {
    const s = oneStep({}, { atS: 30 });
    await interrupted(s, () => s.log.includes('steady'));
    expect(s.log).toEqual(['steady', 'measuring disposed', 'stack disposed']);
  });
});

test('the seed moves a step within the loop, and the loop is waited for', async () => {
  let log: string[] = [];
  const { made } = fault(() => log, 'blow');
  const s = scene({ timeline: [{ ...planned(made, 'blow'), phaseS: 0.08 }] });
  log = s.log;
  let loopMs = 0;
  s.measuring.nextLoop = async () => {
    await sleep(20);
    loopMs = performance.now();
  };
  await s.run();
  const injected = s.told.find(({ value }) => value === 'injected blow')!;
  expect(injected.fromMs - loopMs).toBeGreaterThanOrEqual(78);
});
