import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from './limits.ts';
import type { Drill, Fact, Fault, Host, Injury, Measuring, Options, Stack, Step } from './model.ts';
import { until } from './until.ts';

export interface Planned {
  readonly step: Step;
  readonly fault: Fault;
  readonly options: Options;
  /** Seconds into one loop of Patroni, so that repetitions meet it at other moments (seeded). */
  readonly phaseS: number;
}
/** What a drill needs of the rooms it does not know. drill.ts hands in the real ones, test/ the fakes. */
export interface Parts {
  raise(signal: AbortSignal): Promise<Stack & AsyncDisposable>;
  measure(stack: Stack): Promise<Measuring & AsyncDisposable>;
  tell(fact: Omit<Fact, 'source'>): void;
  nowMs(): number;
  /** For a person who looks on. */
  phase(what: string): void;
}
/** One drill: raise, wait until steady, injure and heal by the time line, read back. Whatever happens, every injury heals. */
export async function run(
  drill: Drill,
  timeline: readonly Planned[],
  parts: Parts,
  signal: AbortSignal,
): Promise<void> {
  await perform(drill, timeline, parts, signal).catch(error => {
    throw inWords(error);
  });
}

async function perform(
  drill: Drill,
  timeline: readonly Planned[],
  parts: Parts,
  signal: AbortSignal,
): Promise<void> {
  const { lastS, tailS } = drill.scenario;
  parts.phase('starting');
  await using stack = await parts.raise(signal);
  await using measuring = await parts.measure(stack);
  parts.phase('becoming steady');
  await measuring.steady(signal);

  const zeroMs = parts.nowMs();
  const inS = (s: number) => Math.max(0, zeroMs + s * 1000 - parts.nowMs());
  // Disposed of before the stack is: an interrupted drill heals what it broke.
  await using open = new AsyncDisposableStack();
  parts.phase('steady');
  const scene = { stack, measuring, parts, open, inS };
  // A step that fails ends the others, and all are awaited: an injection in flight must have left its cure before all heals.
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  await Promise.all(timeline.map(step => strike(step, scene, either).catch(error => failing.abort(error))));
  either.throwIfAborted();

  parts.phase('healed, until all is in step');
  const rest = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(inS(lastS)))]);
  await measuring.inStep(rest).catch(() => signal.throwIfAborted()); // whether it came is the checks' to say
  await sleep(Math.min(tailS * 1000, inS(lastS)), undefined, { signal });
  const watchedMs = parts.nowMs();
  parts.tell({ subject: 'drill', key: 'mark', value: 'watched', fromMs: watchedMs, toMs: watchedMs });
  parts.phase('reading back');
  await measuring.finish(signal);
}

interface Scene {
  readonly stack: Stack;
  readonly measuring: Measuring;
  readonly parts: Parts;
  readonly open: AsyncDisposableStack;
  inS(s: number): number;
}

async function strike(
  { step, fault, options, phaseS }: Planned,
  scene: Scene,
  signal: AbortSignal,
): Promise<void> {
  const { stack, measuring, parts, open, inS } = scene;
  await sleep(inS(step.atS), undefined, { signal });
  await measuring.nextLoop(signal);
  await sleep(phaseS * 1000, undefined, { signal });
  const hosts = await stack.resolve(step.on ?? fault.target, signal);
  const [struck] = hosts;
  const telling = teller(parts, struck, step.fault);

  parts.phase(`${step.fault} on ${struck.name}`);
  const injury = open.use(once(await telling('injected', () => fault.inject(stack, hosts, options, signal))));
  const forMs = step.forS * 1000;
  const healAt = AbortSignal.any([signal, AbortSignal.timeout(forMs)]);
  await telling.proof('bitten', s => injury.bitten(s), Math.min(limits.biteMs, forMs), signal);

  await (step.until ? measuring.holds(step.until, struck, healAt) : asleepUntil(healAt)).catch(() =>
    signal.throwIfAborted(),
  );
  parts.phase(`healing ${step.fault} on ${struck.name}`);
  await measuring.testify(struck, signal);
  await telling('healed', () => injury[Symbol.asyncDispose]());
  await telling.proof('whole', s => injury.healed(s), limits.healMs, signal);
}

/** Tells of a fault's steps with their brackets: an injection takes time, too. */
function teller({ tell, nowMs }: Parts, struck: Host, fault: string) {
  const telling = async <T>(step: string, act: () => Promise<T>): Promise<T> => {
    const fromMs = nowMs();
    const result = await act();
    tell({ subject: struck.name, key: 'fault', value: `${step} ${fault}`, fromMs, toMs: nowMs() });
    return result;
  };
  /** A step counts once its evidence is there; without it the drill goes on, and the checks say so. */
  telling.proof = async (step: string, ask: Injury['bitten'], withinMs: number, signal: AbortSignal) => {
    const fromMs = nowMs();
    let value: string;
    try {
      value = await until(`${fault} on ${struck.name} to be ${step}`, ask, { withinMs, signal });
      tell({ subject: struck.name, key: 'fault', value: `${step} ${fault}`, fromMs, toMs: nowMs() });
    } catch (error) {
      signal.throwIfAborted();
      value = (error as Error).message;
    }
    tell({ subject: struck.name, key: 'evidence', value: `${step}: ${value}`, fromMs, toMs: nowMs() });
  };
  return telling;
}

/** Healed by the time line or by the end of the drill, but once. */
function once(injury: Injury): Injury {
  let done: Promise<void> | undefined;
  return {
    bitten: signal => injury.bitten(signal),
    healed: signal => injury.healed(signal),
    [Symbol.asyncDispose]: () => {
      done ??= injury[Symbol.asyncDispose]();
      return done;
    },
  };
}

/** What broke, and what broke on the way out after it: a SuppressedError has no words of its own. */
function inWords(error: unknown): unknown {
  if (!(error instanceof SuppressedError)) return error;
  const [first, then] = [inWords(error.suppressed), inWords(error.error)] as [Error, Error];
  return first === then ? first : new Error(`${first.message}; and then: ${then.message}`, { cause: first });
}

const asleepUntil = (signal: AbortSignal) =>
  new Promise<void>(done => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
