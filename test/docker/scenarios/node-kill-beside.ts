import type { Scenario } from '../../../src/model.ts';

export default {
  about: 'A machine dies that holds PostgreSQL and an etcd member, and comes back with its disk.',
  strategy: 'haproxy',
  strategyOptions: { interMs: 1000 },
  cluster: { etcd: 3, postgres: 3, etcdBeside: true },
  patroni: { ttlS: 20, loopWaitS: 2, retryTimeoutS: 3, mode: 'sync' },
  // Light, so that two cores carry it beside whatever else they do.
  data: { rows: 2_000 },
  load: { writesPerS: 50, connections: 4 },
  probe: { heldMs: 10, freshMs: 50 },
  timeline: [{ atS: 3, forS: 60, until: { recoveredForS: 2 }, fault: 'node-kill', on: 'primary' }],
  lastS: 120,
  tailS: 1,
  // A synchronous standby has what was acknowledged.
  expect: { writeOutageMs: { min: 1, max: 60_000 }, lost: { max: 0 }, splitBrainMs: { max: 0 } },
} satisfies Scenario;
