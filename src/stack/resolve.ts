import { ask } from '../clients/rest.ts';
import { limits } from '../limits.ts';
import type { Host, Target } from '../model.ts';
import { until } from '../until.ts';

interface Member {
  readonly name: string;
  readonly role: string;
}

/**
 * Looks up whom a fault strikes, now. Patroni's own view of the cluster answers, as any of its members tells it
 * (GET /cluster, https://patroni.readthedocs.io/en/latest/rest_api.html).
 * @throws when nobody of that kind is there within the limit
 */
export async function resolve(
  target: Target,
  hosts: readonly Host[],
  from: string,
  signal: AbortSignal,
): Promise<readonly [Host, ...Host[]]> {
  const what = typeof target === 'string' ? target : target.node;
  const found = await until(
    `a machine to strike as '${what}'`,
    async s => {
      const [first, ...rest] = await candidates(target, hosts, from, s);
      return first && ([first, ...rest] as const);
    },
    { withinMs: limits.firstWriteMs, signal, next: `the machines are ${hosts.map(h => h.name).join(', ')}` },
  );
  return found;
}

async function candidates(
  target: Target,
  hosts: readonly Host[],
  from: string,
  signal: AbortSignal,
): Promise<readonly Host[]> {
  if (typeof target !== 'string') return hosts.filter(host => host.name === target.node);
  if (target === 'router') return hosts.filter(host => host.roles.includes('router'));
  if (target === 'etcd-leader') return etcdLeader(hosts, signal);
  const members = await cluster(hosts, from, signal);
  const named = (roles: readonly string[]) =>
    hosts.filter(host => members.some(member => member.name === host.name && roles.includes(member.role)));
  // In a running cluster a failover changes the leader within the loop, so only the first counts.
  if (target === 'primary') return named(['leader', 'master', 'primary']);
  if (target === 'sync-standby') return named(['sync_standby', 'quorum_standby']);
  return named(['replica', 'sync_standby', 'quorum_standby']);
}

async function etcdLeader(hosts: readonly Host[], signal: AbortSignal): Promise<readonly Host[]> {
  const members = hosts.filter(host => host.roles.includes('etcd'));
  for (const member of members) {
    const status = await member
      .exec(['etcdctl', 'endpoint', 'status', '--cluster', '-w', 'json'], signal)
      .catch(() => undefined);
    if (!status) continue;
    const endpoints = JSON.parse(status) as {
      Endpoint: string;
      Status: { header: { member_id: number }; leader: number };
    }[];
    const leading = endpoints.find(e => e.Status.header.member_id === e.Status.leader)?.Endpoint;
    return members.filter(host => leading?.includes(`//${host.address}:`));
  }
  return [];
}

async function cluster(
  hosts: readonly Host[],
  from: string,
  signal: AbortSignal,
): Promise<readonly Member[]> {
  for (const host of hosts.filter(h => h.roles.includes('pg'))) {
    const answer = await ask(host.address, '/cluster', from, signal).catch(() => undefined);
    if (answer?.status === 200) return (JSON.parse(answer.body) as { members: Member[] }).members;
  }
  return [];
}
