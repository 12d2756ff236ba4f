import { setTimeout as sleep } from 'node:timers/promises';
import { load } from '../catalog.ts';
import { limits } from '../limits.ts';
import type { Drill, Fact, Host, Login, Measuring, Stack, Stored, Until } from '../model.ts';
import { random } from '../random.ts';
import { until } from '../until.ts';
import type { Live } from './live.ts';
import { readDisk, readLive } from './read-back.ts';
import type { Recording } from './recording.ts';
import { startWorkload, type WorkloadThread } from './thread.ts';

export interface MeasureOptions {
  readonly drill: Drill;
  readonly stack: Stack;
  readonly recording: Recording;
  readonly live: Live;
  readonly observers: readonly string[];
  readonly workloads: readonly string[];
  readonly logins: { readonly superuser: Login; readonly app: Login };
  readonly from: string;
  readonly zeroNs: bigint;
  nowMs(): number;
  tell(fact: Omit<Fact, 'source'>, source?: string): void;
  /** A workload's thread broke: the drill cannot go on. */
  broken(error: Error): void;
}

/** So long in step is in step. */
const inStepMs = 500;
/** What starts or connects is not sampled. */
const warmMs = 500;

/** Observers from now on; load and probe from `steady`. */
export function measure(options: MeasureOptions): Measuring & AsyncDisposable {
  const { drill, stack, recording, live, tell, nowMs } = options;
  const ending = new AbortController();
  const observing = Promise.all(options.observers.map(name => observe(name, options, ending.signal)));
  const threads: WorkloadThread[] = [];
  const evidence = new Map<string, Stored>();
  const names = stack.having('pg').map(host => host.name);

  const start = (workload: string, i: number) =>
    threads.push(
      startWorkload({
        workload,
        route: stack.route,
        login: options.logins.app,
        load: drill.scenario.load,
        probe: drill.scenario.probe,
        seed: Math.floor(random(drill.seed + i)() * 2 ** 31),
        zeroNs: String(options.zeroNs),
        onBatch(stream, batch) {
          live.batch(stream, batch);
          recording.batch(stream, batch);
        },
        onError: options.broken,
      }),
    );
  const stopLoad = () => Promise.all(threads.map(thread => thread.stop()));
  const keepEvidence = () => {
    for (const [node, stored] of evidence) recording.stored(node, 'ledger', stored);
    evidence.clear();
  };
  const inStep = async (signal: AbortSignal) => {
    let sinceMs: number | undefined;
    // A diverged one streams for a moment before it is refused: it has to last.
    const lasts = async () => {
      sinceMs = isInStep(live, names) ? (sinceMs ?? nowMs()) : undefined;
      return (sinceMs !== undefined && nowMs() - sinceMs >= inStepMs) || undefined;
    };
    await until('every replica to be in step', lasts, { withinMs: limits.streamingMs, signal });
  };

  return {
    async steady(signal) {
      await inStep(signal);
      for (const [i, workload] of options.workloads.entries()) {
        start(workload, i);
        await sleep(warmMs, undefined, { signal });
        tell(await sampleCpu(options, options.workloads.slice(0, i + 1), signal));
      }
      const atMs = nowMs();
      tell({ subject: 'drill', key: 'ready', value: 'steady', fromMs: atMs, toMs: atMs });
    },
    async nextLoop(signal) {
      const before = live.loops;
      // A leader that writes no more is not waited for: the fault is then the next thing to happen.
      const withinMs = drill.scenario.patroni.loopWaitS * 1000 + 2_000;
      await until("the leader's next loop", async () => live.loops > before || undefined, {
        withinMs,
        everyMs: 5,
        signal,
      }).catch(() => signal.throwIfAborted());
    },
    async holds(condition, struck, signal) {
      await heldTrue(condition, struck, live, nowMs, signal);
    },
    async testify(struck, signal) {
      // Where it leads alone, the final read covers it.
      if (!struck.roles.includes('pg') || live.primaries(names).join() === struck.name) return;
      const fromMs = nowMs();
      const value = await testimony(struck, options, signal).then(
        stored => {
          evidence.set(struck.name, stored);
          return 'whole';
        },
        error => {
          signal.throwIfAborted();
          return `not read: ${(error as Error).message.split('\n')[0]}`;
        },
      );
      tell({ subject: struck.name, key: 'read', value, fromMs, toMs: nowMs() });
    },
    async inStep(signal) {
      await inStep(signal);
    },
    async finish(signal) {
      await stopLoad();
      const [leader] = await stack.resolve('primary', signal);
      evidence.delete(leader.name);
      const fromMs = nowMs();
      const stored = await readLive(leader, options.logins.app, options.from, signal);
      recording.stored(leader.name, 'ledger', stored);
      tell({ subject: leader.name, key: 'read', value: 'whole', fromMs, toMs: nowMs() });
      keepEvidence();
    },
    async [Symbol.asyncDispose]() {
      keepEvidence();
      await stopLoad().catch(options.broken);
      ending.abort();
      await observing;
    },
  };
}

/** An observer that fails is a finding of its own, and takes nothing else down. */
async function observe(name: string, options: MeasureOptions, signal: AbortSignal): Promise<void> {
  const { stack, from, nowMs, logins } = options;
  const tell = (fact: Omit<Fact, 'source'>) => options.tell(fact, name);
  try {
    const { entry } = await load('observers', name);
    await entry.watch({ stack, login: logins.superuser, from, nowMs, tell }, signal);
  } catch (error) {
    const atMs = nowMs();
    tell({
      subject: name,
      key: 'mark',
      value: `observer ended: ${(error as Error).message}`,
      fromMs: atMs,
      toMs: atMs,
    });
  }
}

function isInStep(live: Live, names: readonly string[]): boolean {
  const primaries = live.primaries(names);
  return (
    primaries.length === 1 &&
    names.every(
      name =>
        name === primaries[0] ||
        (live.value('streaming', name) === primaries[0] && live.value('lag', name) === '0'),
    )
  );
}

/** What the load costs, and what load and probe cost together. */
async function sampleCpu({ stack, nowMs }: MeasureOptions, running: readonly string[], signal: AbortSignal) {
  const fromMs = nowMs();
  const share = await stack.cpuShare(signal);
  const subject = running.length === 1 ? 'load' : 'load and probe';
  return { subject, key: 'cpu', value: share.toFixed(3), fromMs, toMs: nowMs() };
}

async function heldTrue(
  condition: Until,
  struck: Host,
  live: Live,
  nowMs: () => number,
  signal: AbortSignal,
) {
  const sinceMs = nowMs() - limits.askMs;
  while (!live.holds(condition, sinceMs, struck.address, nowMs())) await sleep(100, undefined, { signal });
}

/** What the struck machine holds: asked if it answers, else from its disk, before any daemon of it starts. */
async function testimony(
  struck: Host,
  { logins, from }: MeasureOptions,
  signal: AbortSignal,
): Promise<Stored> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limits.readBackMs)]);
  if (await struck.container.running()) {
    const live = await readLive(struck, logins.app, from, limit).catch(() => undefined);
    if (live) return live;
  } else await struck.container.start({ held: true });
  return readDisk(struck, logins.app.database, limit);
}
