import type { Scenario } from '../src/model.ts';

export default {
  about:
    'The machine of the leader dies at once behind HAProxy, and comes back with its disk once writes flow.',
  strategy: 'haproxy',
  timeline: [{ atS: 5, forS: 90, until: { recoveredForS: 5 }, fault: 'node-kill', on: 'primary' }],
  lastS: 180,
  expect: {
    // Nobody releases the leader key: it ends with its ttl of 30 s, then come the election and the router's checks.
    writeOutageMs: { max: 60_000 },
    // What had not been shipped when the machine died is lost under asynchronous replication: counted, not forbidden.
    lost: { min: 0 },
    splitBrainMs: { max: 0 },
  },
} satisfies Scenario;
