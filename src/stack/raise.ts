import { setTimeout as sleep } from 'node:timers/promises';
import type { StartedTestContainer } from 'testcontainers';
import { type Blueprint, chainOf } from '../blueprint.ts';
import { ask } from '../clients/rest.ts';
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

/**
 * Starts the machines of a blueprint, in the order in which they are waited for: etcd, the router and the first database
 * machine, which becomes the leader; the other database machines while the leader is being made ready, so that they do
 * not compete with it for the processors. Disposing of the stack removes all of them with their volumes.
 * @param ready what can be done as soon as there is a leader
 */
export async function raise(
  blueprint: Blueprint,
  scenario: Resolved,
  ground: Ground,
  secrets: Secrets,
  ready: (leader: Host, stack: Stack, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<Stack & AsyncDisposable> {
  await using undo = new AsyncDisposableStack();
  const machines = blueprint.machines.filter(machine => !machine.roles.includes('client'));
  undo.defer(() => removeMachines(ground.labels[label.drill]!));
  const common = valuesOf(machines, scenario, ground, secrets);
  const start = (chosen: readonly Machine[]) =>
    Promise.all(
      chosen.map(async (machine, i) => {
        // dockerd serialises starts: asking in order keeps that order.
        await sleep(i * 5, undefined, { signal });
        const started = await startMachine(machine, common, ground);
        return host(machine, engine.getContainer(started.getId()));
      }),
    );
  const [leading] = machines.filter(machine => machine.roles.includes('pg'));
  const follows = (machine: Machine) => machine !== leading && machine.roles.join() === 'pg';
  const first = await start(machines.filter(machine => !follows(machine)));
  const partial = stackOf(first, blueprint, ground);
  const leader = await firstLeader(partial, ground.from, signal);
  const [others] = await Promise.all([start(machines.filter(follows)), ready(leader, partial, signal)]);
  signal.throwIfAborted();
  const hosts = [...first, ...others].sort(
    (a, b) => machines.findIndex(m => m.name === a.name) - machines.findIndex(m => m.name === b.name),
  );
  const raised = undo.move();
  return { ...stackOf(hosts, blueprint, ground), [Symbol.asyncDispose]: () => raised.disposeAsync() };
}

function stackOf(hosts: readonly Host[], { route }: Blueprint, ground: Ground): Stack {
  return {
    hosts,
    route,
    having: role => hosts.filter(h => h.roles.includes(role)),
    resolve: (target, s) => resolve(target, hosts, ground.from, s),
    cpuShare: s => cpuShare(ground.labels[label.drill]!, s),
  };
}

/** What every machine's templates may name. */
function valuesOf(
  machines: readonly Machine[],
  { patroni }: Resolved,
  { prefix }: Ground,
  secrets: Secrets,
): Record<string, Value> {
  const having = (role: Machine['roles'][number]) =>
    machines.filter(m => m.roles.includes(role)).map(({ name, address }) => ({ name, address }));
  return {
    scope: 'drill',
    subnet: `${prefix}.0/24`,
    etcd: having('etcd'),
    pg: having('pg'),
    patroni: { ...patroni },
    secrets: { ...secrets },
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

/** Who leads, as soon as somebody does: who answers 200 to GET /leader, which costs Patroni less than the whole cluster's state. */
function firstLeader(stack: Stack, from: string, signal: AbortSignal): Promise<Host> {
  const leads = async (host: Host, s: AbortSignal) => {
    const answer = await ask(host.address, '/leader', from, s).catch(() => undefined);
    return answer?.status === 200 ? host : undefined;
  };
  return until(
    'a leader',
    async s => (await Promise.all(stack.having('pg').map(host => leads(host, s)))).find(Boolean),
    { withinMs: limits.firstWriteMs, everyMs: 50, signal, next: 'see the logs of the etcd and pg machines' },
  );
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
