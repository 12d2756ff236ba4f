import type { Scenario } from '../src/model.ts';

export default {
  about:
    'The fault of lost-writes-async under strict synchronous replication behind a router that ends sessions: nothing may be lost.',
  strategy: 'haproxy',
  patroni: { ttlS: 20, loopWaitS: 5, retryTimeoutS: 5, mode: 'strict' },
  // What counts here is which writes survive, not the millisecond: a light load leaves a small machine at ease.
  load: { writesPerS: 100 },
  probe: { heldMs: 10, freshMs: 50 },
  timeline: [{ atS: 5, forS: 90, until: { recoveredForS: 5 }, fault: 'patroni-down', on: 'primary' }],
  lastS: 180,
  expect: { lost: { max: 0 }, splitBrainMs: { max: 0 } },
} satisfies Scenario;
