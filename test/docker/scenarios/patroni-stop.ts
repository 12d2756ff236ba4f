import type { Scenario } from '../../../src/model.ts';

export default {
  about: 'An orderly hand-over on a small cluster with short intervals.',
  strategy: 'haproxy',
  strategyOptions: { interMs: 1000 },
  cluster: { etcd: 1, postgres: 2 },
  patroni: { ttlS: 20, loopWaitS: 2, retryTimeoutS: 3 },
  // Light, so that two cores carry it beside whatever else they do.
  load: { writesPerS: 50, connections: 4 },
  probe: { heldMs: 10, freshMs: 50 },
  timeline: [{ atS: 3, forS: 30, until: { recoveredForS: 2 }, fault: 'patroni-stop', on: 'primary' }],
  lastS: 60,
  tailS: 1,
  expect: { writeOutageMs: { min: 1, max: 20_000 }, lost: { max: 0 }, splitBrainMs: { max: 0 } },
} satisfies Scenario;
