import type { Scenario } from '../src/model.ts';

export default {
  about:
    'Patroni is killed on the leader and restarted by its supervisor at once, so that clients notice nothing.',
  strategy: 'haproxy',
  // Writes never stop, so there is no recovery to wait for.
  timeline: [{ atS: 5, forS: 15, fault: 'patroni-kill', on: 'primary' }],
  lastS: 90,
  expect: {
    // PostgreSQL lives on while its Patroni comes back: far below any failover, which takes at least 20 s here.
    writeOutageMs: { max: 5_000 },
    lost: { max: 0 },
    splitBrainMs: { max: 0 },
  },
} satisfies Scenario;
