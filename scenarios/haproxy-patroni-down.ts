import type { Scenario } from '../src/model.ts';

export default {
  about:
    'Patroni is killed on the leader and stays down while its PostgreSQL lives on, until writes flow elsewhere.',
  strategy: 'haproxy',
  timeline: [{ atS: 5, forS: 90, until: { recoveredForS: 5 }, fault: 'patroni-down', on: 'primary' }],
  lastS: 180,
  expect: {
    writeOutageMs: { max: 60_000 },
    // HAProxy ends the old primary's sessions about 9 s after its REST API has gone (3 checks, 3 s apart), and nobody is
    // promoted before ttl - loop_wait = 20 s: by then the standbys have all that the old primary acknowledged.
    lost: { max: 0 },
    splitBrainMs: { max: 0 },
  },
} satisfies Scenario;
