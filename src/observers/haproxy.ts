import { setTimeout as sleep } from 'node:timers/promises';
import { servers } from '../clients/haproxy.ts';
import type { Observer } from '../model.ts';
import { changes } from './lib/changes.ts';

const everyMs = 50;

export default {
  about: 'To which database machines HAProxy sends clients, by its runtime state of each server.',
  keys: ['route', 'server'],
  async watch(watch, signal) {
    const { stack, from, nowMs } = watch;
    const tell = changes(watch);
    await Promise.all(
      stack.having('router').map(async router => {
        for (; !signal.aborted; await sleep(everyMs, undefined, { signal }).catch(() => {})) {
          const askedMs = nowMs();
          const states = await servers(router.address, from, signal).catch(() => []);
          if (signal.aborted) return;
          for (const { name, status } of states)
            tell({ subject: `${router.name}/${name}`, key: 'server', value: status, askedMs });
          const up = states.filter(({ status }) => status.startsWith('UP')).map(({ name }) => name);
          tell({ subject: router.name, key: 'route', value: up.join(' '), askedMs });
        }
      }),
    );
  },
} satisfies Observer;
