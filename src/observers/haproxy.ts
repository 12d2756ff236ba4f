import { setTimeout as sleep } from 'node:timers/promises';
import { servers } from '../clients/haproxy.ts';
import type { Observer } from '../model.ts';

const everyMs = 50;

export default {
  about: 'To which database machines HAProxy sends clients, by its runtime state of each server.',
  keys: ['route', 'server'],
  async watch({ stack, from, nowMs, tell }, signal) {
    await Promise.all(
      stack.having('router').map(async router => {
        const last = new Map<string, string>();
        const told = (key: string, subject: string, value: string, fromMs: number) => {
          if (last.get(key + subject) === value) return;
          last.set(key + subject, value);
          tell({ subject, key, value, fromMs, toMs: nowMs() });
        };
        for (; !signal.aborted; await sleep(everyMs, undefined, { signal }).catch(() => {})) {
          const fromMs = nowMs();
          const states = await servers(router.address, from, signal).catch(() => undefined);
          if (signal.aborted) return;
          if (!states) {
            told('route', router.name, '', fromMs);
            continue;
          }
          for (const { name, status } of states) told('server', `${router.name}/${name}`, status, fromMs);
          const up = states.filter(({ status }) => status.startsWith('UP')).map(({ name }) => name);
          told('route', router.name, up.join(' '), fromMs);
        }
      }),
    );
  },
} satisfies Observer;
