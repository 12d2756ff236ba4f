import type { Scenario } from '../../../src/model.ts';

export default {
  about: 'The shortest drill there is: Patroni dies once and is started again, and nobody notices.',
  strategy: 'haproxy',
  cluster: { etcd: 1, postgres: 2 },
  patroni: { ttlS: 20, loopWaitS: 2, retryTimeoutS: 3 },
  // Light, so that two cores carry it beside whatever else they do.
  load: { writesPerS: 50, connections: 4 },
  probe: { heldMs: 10, freshMs: 50 },
  timeline: [{ atS: 3, forS: 3, fault: 'patroni-kill', on: 'primary' }],
  lastS: 20,
  tailS: 1,
  expect: { lost: { max: 0 }, splitBrainMs: { max: 0 } },
} satisfies Scenario;
