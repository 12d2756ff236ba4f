import type { Scenario } from '../../../src/model.ts';

export default {
  about: 'Patroni is held down until somebody interrupts the drill.',
  strategy: 'haproxy',
  cluster: { etcd: 1, postgres: 2 },
  patroni: { ttlS: 20, loopWaitS: 2, retryTimeoutS: 3 },
  // Light, so that two cores carry it beside whatever else they do.
  load: { writesPerS: 50, connections: 4 },
  probe: { heldMs: 10, freshMs: 50 },
  timeline: [{ atS: 1, forS: 240, fault: 'patroni-down', on: 'replica' }],
  lastS: 300,
  expect: { lost: { max: 0 } },
} satisfies Scenario;
