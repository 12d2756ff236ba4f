import type {
  Addition,
  App,
  Layer,
  Machine,
  Options,
  Resolved,
  Role,
  Route,
  Site,
  Strategy,
} from './model.ts';

export interface Blueprint {
  readonly machines: readonly Machine[];
  readonly route: Route;
  readonly observers: readonly string[];
}

/** The client's own addresses: load leaves from the first, observers and read-back from the second. */
export const clientAddress = (prefix: string): string => `${prefix}.10`;
export const observerAddress = (prefix: string): string => `${prefix}.11`;
const firstMachine = 20;

/**
 * Draws the machines of a drill. Pure: `list`, tests and reports draw the same picture without Docker.
 * @param prefix the first three numbers of the drill's /24
 */
export function blueprint(
  scenario: Pick<Resolved, 'cluster' | 'patroni'>,
  prefix: string,
  strategy: { readonly entry: Strategy; readonly options: Options },
  app: { readonly entry: App; readonly options: Options },
): Blueprint {
  let next = firstMachine;
  const machine = (name: string, roles: readonly Role[], ...layers: Layer[]): Machine => ({
    name,
    address: `${prefix}.${next++}`,
    roles,
    layers: [{ layer: 'machine' }, ...layers],
  });
  const machines: Machine[] = [
    // The client is an app machine too: a route may be a daemon beside the app.
    {
      name: 'client',
      address: clientAddress(prefix),
      roles: ['client', 'app'],
      layers: ['machine', 'runtime', 'client'].map(layer => ({ layer })),
    },
    ...database(scenario.cluster, machine),
  ];
  const site: Site = {
    machines: role => machines.filter(m => m.roles.includes(role)),
    machine,
    patroni: scenario.patroni,
  };
  const observers = ['etcd', 'patroni', 'postgres'];
  const add = (addition: Addition) => {
    machines.push(...(addition.machines ?? []));
    observers.push(...(addition.observers ?? []));
  };
  // The app first, since a strategy may stand on its machines.
  add(app.entry.build(site, app.options));
  const routed = strategy.entry.build(site, strategy.options);
  add(routed);
  return { machines, route: routed.route, observers: [...new Set(observers)] };
}

function database(
  { etcd, postgres, etcdBeside }: Resolved['cluster'],
  machine: (name: string, roles: readonly Role[], ...layers: Layer[]) => Machine,
): Machine[] {
  const names = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
  const own = etcdBeside ? [] : names('etcd', etcd).map(name => machine(name, ['etcd'], { layer: 'etcd' }));
  const pg = names('pg', postgres).map((name, i) => {
    const beside = etcdBeside && i < etcd;
    const layers = [{ layer: 'postgres' }, { layer: 'patroni' }, ...(beside ? [{ layer: 'etcd' }] : [])];
    return machine(name, beside ? ['pg', 'etcd'] : ['pg'], ...layers);
  });
  // etcd first: its election is what everybody waits for.
  return [...own, ...pg];
}

/** An image is a chain of layers; the machines of one kind share it. */
export const chainOf = (machine: Machine): readonly string[] => machine.layers.map(({ layer }) => layer);
