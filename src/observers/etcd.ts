import { Etcd3 } from 'etcd3';
import type { Observer } from '../model.ts';

/** Patroni's keys: https://patroni.readthedocs.io/en/latest/dcs_failsafe_mode.html and patroni/dcs/__init__.py, `namespace` and `scope`. */
const below = '/service/drill/';

export default {
  about:
    "Who holds Patroni's leader key, and each of the leader's loops, pushed by etcd as they are written.",
  keys: ['leader', 'loop'],
  async watch({ stack, nowMs, tell }, signal) {
    const hosts = stack.having('etcd').map(machine => `http://${machine.address}:2379`);
    const etcd = new Etcd3({ hosts });
    let last: string | undefined;
    const told = (key: string, value: string) => {
      const atMs = nowMs();
      if (key === 'leader' && value !== last) {
        last = value;
        tell({ subject: 'cluster', key: 'leader', value, fromMs: atMs, toMs: atMs });
      } else if (key === 'status') {
        tell({ subject: 'cluster', key: 'loop', value: position(value), fromMs: atMs, toMs: atMs });
      }
    };
    const watcher = await etcd.watch().prefix(below).create();
    watcher.on('put', ({ key, value }) => told(name(key), value.toString()));
    watcher.on('delete', ({ key }) => told(name(key), ''));
    // The watcher finds another member by itself; while there is none, there is nothing to be seen.
    watcher.on('error', () => {});
    const now = await etcd
      .get(`${below}leader`)
      .string()
      .catch(() => null);
    if (now !== null && last === undefined) told('leader', now);
    await new Promise<void>(done => {
      if (signal.aborted) done();
      signal.addEventListener('abort', () => done(), { once: true });
    });
    await watcher.cancel().catch(() => {});
    etcd.close();
  },
} satisfies Observer;

const name = (key: Buffer) => key.toString().slice(below.length);

/** /status is JSON with `optime`, the leader's WAL position in bytes. */
function position(status: string): string {
  try {
    return String((JSON.parse(status) as { optime?: number }).optime ?? '');
  } catch {
    return '';
  }
}
