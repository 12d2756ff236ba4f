import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../clients/rest.ts';
import { limits } from '../limits.ts';
import type { Observer } from '../model.ts';
import { changes } from './lib/changes.ts';

const everyMs = 100;

export default {
  about: "Each database machine's role as its Patroni's REST API tells it.",
  keys: ['patroni'],
  async watch(watch, signal) {
    const { stack, from, nowMs } = watch;
    const tell = changes(watch);
    await Promise.all(
      stack.having('pg').map(async machine => {
        while (!signal.aborted) {
          const askedMs = nowMs();
          const limit = AbortSignal.any([signal, AbortSignal.timeout(limits.askMs)]);
          const value = await ask(machine.address, '/patroni', from, limit).then(
            // 200 and 503 both carry the state: https://patroni.readthedocs.io/en/latest/rest_api.html
            ({ body }) => (JSON.parse(body) as { role?: string }).role ?? 'silent',
            () => 'silent',
          );
          if (!signal.aborted) tell({ subject: machine.name, key: 'patroni', value, askedMs });
          await sleep(everyMs, undefined, { signal }).catch(() => {});
        }
      }),
    );
  },
} satisfies Observer;
