import { describe, expect, test } from 'vitest';
import { type Blueprint, blueprint, chainOf, clientAddress, observerAddress } from '../src/blueprint.ts';
import { list, load } from '../src/catalog.ts';
import type { ReplicationMode, Value } from '../src/model.ts';
import { defaults } from '../src/plan.ts';
import { render } from '../src/stack/templates.ts';

const prefix = '198.18.7';
const strategies = await list('strategies');
/** Every strategy, and every variant of it. */
const words = [...strategies].flatMap(([name, { variants }]) => [
  name,
  ...Object.keys(variants ?? {}).map(variant => `${name}:${variant}`),
]);

interface Wanted {
  readonly strategy?: string;
  readonly cluster?: Partial<typeof defaults.cluster> | Readonly<Record<string, number | boolean>>;
  readonly mode?: ReplicationMode;
}
async function drawn({ strategy = 'haproxy', cluster = {}, mode = 'async' }: Wanted = {}) {
  const scenario = {
    cluster: { ...defaults.cluster, ...cluster },
    patroni: { ...defaults.patroni, mode },
  };
  const plan = blueprint(scenario, prefix, await load('strategies', strategy), await load('apps', 'sql'));
  return { plan, scenario };
}
const having = (plan: Blueprint, role: string) =>
  plan.machines.filter(({ roles }) => (roles as readonly string[]).includes(role));

/** The files of every machine but the client, filled in with the values that a drill gives. */
async function rendered(wanted: Wanted) {
  const { plan, scenario } = await drawn(wanted);
  const site = (role: string) => having(plan, role).map(({ name, address }) => ({ name, address }));
  const common: Record<string, Value> = {
    scope: 'drill',
    subnet: `${prefix}.0/24`,
    etcd: site('etcd'),
    pg: site('pg'),
    patroni: { ...scenario.patroni },
    secrets: { superuser: 'secret-s', replication: 'secret-r', rewind: 'secret-w' },
  };
  return plan.machines
    .filter(({ roles }) => !roles.includes('client'))
    .flatMap(machine =>
      render(machine.layers, { ...common, name: machine.name, address: machine.address }).map(file => ({
        machine,
        ...file,
      })),
    );
}
const clusters = [1, 2, 3, 4, 5].flatMap(etcd =>
  [2, 3, 4, 5].flatMap(postgres =>
    [false, true]
      .filter(etcdBeside => !etcdBeside || etcd <= postgres)
      .map(etcdBeside => ({ etcd, postgres, etcdBeside })),
  ),
);

describe.each(words)('a blueprint with %s', strategy => {
  test('names and addresses are unique and within the /24, whatever the cluster', async () => {
    for (const cluster of clusters) {
      const { plan } = await drawn({ strategy, cluster });
      const addresses = [observerAddress(prefix), ...plan.machines.map(({ address }) => address)];
      expect(new Set(addresses).size).toBe(addresses.length);
      expect(new Set(plan.machines.map(({ name }) => name)).size).toBe(plan.machines.length);
      // .1 is the gateway, .255 the broadcast.
      for (const address of addresses) {
        const last = Number(/^198\.18\.7\.(\d+)$/.exec(address)?.[1]);
        expect(last).toBeGreaterThan(1);
        expect(last).toBeLessThan(255);
      }
    }
  });

  test('as many machines as were asked for, etcd before PostgreSQL, the client first', async () => {
    for (const cluster of clusters) {
      const { plan } = await drawn({ strategy, cluster });
      expect(having(plan, 'pg')).toHaveLength(cluster.postgres);
      expect(having(plan, 'etcd')).toHaveLength(cluster.etcd);
      expect(plan.machines[0]).toMatchObject({ name: 'client', address: clientAddress(prefix) });
      const places = (role: string) => having(plan, role).map(machine => plan.machines.indexOf(machine));
      if (!cluster.etcdBeside) expect(Math.max(...places('etcd'))).toBeLessThan(Math.min(...places('pg')));
    }
  });

  test('etcd beside stands on the first database machines, and has none of its own', async () => {
    const { plan } = await drawn({ strategy, cluster: { etcd: 2, postgres: 3, etcdBeside: true } });
    expect(having(plan, 'etcd').map(({ name }) => name)).toEqual(['pg1', 'pg2']);
    const chain = (name: string) => chainOf(plan.machines.find(machine => machine.name === name)!);
    expect(chain('pg2')).toEqual(['machine', 'postgres', 'patroni', 'etcd']);
    expect(chain('pg3')).toEqual(['machine', 'postgres', 'patroni']);
  });

  test('its observers are watched besides those of the cluster, and each exists', async () => {
    const { plan } = await drawn({ strategy });
    const known = [...(await list('observers')).keys()];
    expect(plan.observers.filter(name => !known.includes(name))).toEqual([]);
    expect(plan.observers).toEqual(expect.arrayContaining(['etcd', 'patroni', 'postgres']));
    const router = having(plan, 'router');
    if (router.length) expect(plan.observers).toContain(strategy.split(':')[0]);
  });

  test('the route leads to an address that somebody has', async () => {
    const { plan } = await drawn({ strategy });
    expect(plan.machines.map(({ address }) => address)).toContain(plan.route.host);
  });

  test('every template of every machine is filled in, whatever the mode', async () => {
    for (const mode of ['async', 'sync', 'strict', 'quorum'] as const)
      for (const etcdBeside of [false, true]) {
        const files = await rendered({ strategy, mode, cluster: { etcdBeside } });
        expect(files.length).toBeGreaterThan(8);
        for (const { target, content } of files) {
          expect(target).toMatch(/^\/etc\/./);
          expect(content).not.toMatch(/\{\{|\}\}|\{%|%\}|undefined|\[object/);
        }
      }
  });
});

/** The value of a line `key: value`, wherever it stands. */
const setting = (yaml: string, key: string) => {
  const found = [...yaml.matchAll(new RegExp(`^ *${key}: (.*)$`, 'gm'))].map(match => match[1]);
  expect(found, key).toHaveLength(1);
  return found[0];
};

test.each([
  ['async', 'false', 'false'],
  ['sync', 'true', 'false'],
  ['strict', 'true', 'true'],
  ['quorum', 'quorum', 'false'],
] as const)('patroni.yml of mode %s: synchronous_mode %s, strict %s', async (mode, synchronous, strict) => {
  const files = (await rendered({ mode })).filter(({ target }) => target === '/etc/patroni/patroni.yml');
  expect(files.map(({ machine }) => machine.name)).toEqual(['pg1', 'pg2', 'pg3']);
  for (const { machine, content } of files) {
    expect(setting(content, 'synchronous_mode')).toBe(synchronous);
    expect(setting(content, 'synchronous_mode_strict')).toBe(strict);
    expect(setting(content, 'name')).toBe(machine.name);
    expect(setting(content, 'ttl')).toBe('30');
    expect(content).toContain(`connect_address: ${machine.address}:5432`);
    expect(content.match(/^ {4}- 198\.18\.7\.\d+:2379$/gm)).toHaveLength(3);
  }
});

const haproxy = async (strategy: string, postgres: number) =>
  (await rendered({ strategy, cluster: { postgres } })).find(({ target }) => target.endsWith('haproxy.cfg'))!
    .content;

test('haproxy.cfg names every database machine once', async () => {
  for (const postgres of [2, 5]) {
    const servers = [
      ...(await haproxy('haproxy', postgres)).matchAll(/^ +server (\S+) (\S+):5432 .*check port 8008$/gm),
    ];
    const { plan } = await drawn({ cluster: { postgres } });
    expect(servers.map(([, name, address]) => ({ name, address }))).toEqual(
      having(plan, 'pg').map(({ name, address }) => ({ name, address })),
    );
  }
});

test('HAProxy ends the sessions of a server that is marked down, unless they are kept', async () => {
  expect(await haproxy('haproxy', 3)).toContain('on-marked-down shutdown-sessions');
  expect(await haproxy('haproxy:sessions-kept', 3)).not.toContain('on-marked-down');
});

test('a name that nobody gives is an error that names the file, never an empty string', () => {
  expect(() => render([{ layer: 'etcd' }], {})).toThrow(/^rendering compose\/etcd\/etc\/etcd\/etcd\.yml: /);
});
