import { setTimeout as sleep } from 'node:timers/promises';
import type { StartedTestContainer } from 'testcontainers';
import { type Blueprint, chainOf } from '../blueprint.ts';
import { limits } from '../limits.ts';
import type { Host, Machine, Resolved, Stack, Value } from '../model.ts';
import { until } from '../until.ts';
import { engine, isGone } from './engine.ts';
import { host } from './host.ts';
import { chainKey } from './images.ts';
import { label } from './labels.ts';
import { MachineContainer } from './machine.ts';
import { resolve } from './resolve.ts';
import { render } from './templates.ts';

export interface Ground {
  /** Unique on the engine; the machines' names begin with it. */
  readonly name: string;
  readonly network: string;
  readonly prefix: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Tags by the chain's key. */
  readonly images: Readonly<Record<string, string>>;
  /** Observers' address. */
  readonly from: string;
}
export interface Secrets {
  readonly superuser: string;
  readonly replication: string;
  readonly rewind: string;
}

/** Starts the machines of a blueprint. Disposing of the stack removes them with their volumes. */
export async function raise(
  blueprint: Blueprint,
  scenario: Resolved,
  ground: Ground,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Stack & AsyncDisposable> {
  await using undo = new AsyncDisposableStack();
  const machines = blueprint.machines.filter(machine => !machine.roles.includes('client'));
  undo.defer(() => removeMachines(ground.labels[label.drill]!));
  const having = (role: Machine['roles'][number]) => machines.filter(m => m.roles.includes(role));
  const common: Record<string, Value> = {
    scope: 'drill',
    subnet: `${ground.prefix}.0/24`,
    etcd: having('etcd').map(({ name, address }) => ({ name, address })),
    pg: having('pg').map(({ name, address }) => ({ name, address })),
    patroni: { ...scenario.patroni },
    secrets: { ...secrets },
  };
  const hosts = await Promise.all(
    machines.map(async (machine, i) => {
      // dockerd serialises starts; etcd comes first in the blueprint, and asking in order keeps that order.
      await sleep(i * 5, undefined, { signal });
      const started = await startMachine(machine, common, ground);
      return host(machine, engine.getContainer(started.getId()));
    }),
  );
  signal.throwIfAborted();
  const raised = undo.move();
  return {
    hosts,
    route: blueprint.route,
    having: role => hosts.filter(h => h.roles.includes(role)),
    resolve: (target, s) => resolve(target, hosts, ground.from, s),
    cpuShare: s => cpuShare(ground.labels[label.drill]!, s),
    [Symbol.asyncDispose]: () => raised.disposeAsync(),
  };
}

function startMachine(
  machine: Machine,
  common: Readonly<Record<string, Value>>,
  ground: Ground,
): Promise<StartedTestContainer> {
  const image = ground.images[chainKey(chainOf(machine))];
  if (!image) throw new Error(`starting ${machine.name}: there is no image of ${chainKey(chainOf(machine))}`);
  const { name, address } = machine;
  return new MachineContainer({
    name: `${ground.name}-${name}`,
    image,
    address,
    network: ground.network,
    labels: { ...ground.labels, [label.machine]: name },
    files: render(machine.layers, { ...common, name, address }),
  }).start();
}

/** Every machine of the drill but the client, with its anonymous volumes. */
export async function removeMachines(drill: string): Promise<void> {
  const found = await engine.listContainers({ all: true, filters: { label: [`${label.drill}=${drill}`] } });
  await Promise.all(
    found
      .filter(container => container.Labels[label.machine] !== 'client')
      .map(container =>
        engine
          .getContainer(container.Id)
          .remove({ force: true, v: true })
          .catch(error => {
            if (!isGone(error)) throw error;
          }),
      ),
  );
}

/** Who answers 200 to GET /primary, as soon as there is one. */
export function firstLeader(stack: Stack, signal: AbortSignal): Promise<Host> {
  return until('a leader', async s => (await stack.resolve('primary', s))[0], {
    withinMs: limits.firstWriteMs,
    everyMs: 20,
    signal,
    next: 'see the logs of the etcd and pg machines',
  });
}

/** One reading takes the engine a second or two, over which it counts (cgroups). */
async function cpuShare(drill: string, signal: AbortSignal): Promise<number> {
  const filters = { label: [`${label.drill}=${drill}`] };
  const running = await engine.listContainers({ filters, abortSignal: signal });
  const shares = await Promise.all(
    running.map(async ({ Id }) => {
      const now = await engine.getContainer(Id).stats({ stream: false });
      const usedNs = now.cpu_stats.cpu_usage.total_usage - now.precpu_stats.cpu_usage.total_usage;
      return usedNs / 1e6 / (Date.parse(now.read) - Date.parse(now.preread));
    }),
  );
  return shares.reduce((a, b) => a + b, 0);
}
