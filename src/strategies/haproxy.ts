import { command } from '../clients/haproxy.ts';
import { limits } from '../limits.ts';
import type { Strategy } from '../model.ts';
import { until } from '../until.ts';

interface Options extends Record<string, string | number> {
  readonly interMs: number;
  readonly fall: number;
  readonly rise: number;
  readonly onMarkedDown: string;
  readonly idleS: number;
  readonly maxconn: number;
}

export default {
  about: 'HAProxy asks each Patroni for /primary and sends clients to the one that answers 200.',
  // Patroni's recommended form: https://patroni.readthedocs.io/en/latest/rest_api.html#health-check-endpoints
  options: { interMs: 3000, fall: 3, rise: 2, onMarkedDown: 'shutdown-sessions', idleS: 1800, maxconn: 100 },
  variants: { 'sessions-kept': { onMarkedDown: '' } },
  build(site, options) {
    const router = site.machine('haproxy', ['router'], { layer: 'haproxy', values: options });
    return {
      machines: [router],
      route: { kind: 'address', host: router.address, port: 5432 },
      observers: ['haproxy'],
    };
  },
  async hasten(stack, leader, names, signal) {
    // Its own checks would say the same after `rise` intervals, or when they time out; they go on and may take it back.
    const states = stack
      .having('router')
      .flatMap(router => names.map(name => ({ router, name, health: name === leader.name ? 'up' : 'down' })));
    for (const { router, name, health } of states)
      await until(
        `${router.name} to take ${name} as ${health}`,
        async s => {
          const answer = await command(
            router.address,
            `set server postgres/${name} health ${health}`,
            undefined,
            s,
          );
          if (answer) throw new Error(answer);
          return true;
        },
        { withinMs: limits.firstWriteMs, signal, next: `see logs/${router.name}.log` },
      );
  },
} satisfies Strategy<Options>;
