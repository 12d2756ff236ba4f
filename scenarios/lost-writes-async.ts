import type { Scenario } from '../src/model.ts';

export default {
  about:
    'A planted defect that must be found: the router keeps sessions, so the old primary acknowledges what is lost later.',
  strategy: 'haproxy:sessions-kept',
  patroni: { ttlS: 20, loopWaitS: 5, retryTimeoutS: 5, mode: 'async' },
  // What counts here is which writes survive, not the millisecond: a light load leaves a small machine at ease.
  load: { writesPerS: 100 },
  probe: { heldMs: 10, freshMs: 50 },
  timeline: [{ atS: 5, forS: 90, until: { acknowledgedByOld: 200 }, fault: 'patroni-down', on: 'primary' }],
  lastS: 180,
  // The finding is what is expected: a run that finds nothing fails.
  expect: { lost: { min: 1 }, splitBrainMs: { min: 1 } },
} satisfies Scenario;
