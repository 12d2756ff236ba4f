import type { Scenario } from '../src/model.ts';

export default {
  about:
    'The machine of the leader falls silent and dies, as a lost cloud machine does: nothing is refused or reset.',
  strategy: 'haproxy',
  timeline: [{ atS: 5, forS: 90, until: { recoveredForS: 5 }, fault: 'node-vanish', on: 'primary' }],
  lastS: 180,
  expect: {
    // As for a machine that dies, and clients learn of it by their own time limits only.
    writeOutageMs: { max: 60_000 },
    // What had not been shipped when the machine fell silent is lost under asynchronous replication: counted, not forbidden.
    lost: { min: 0 },
    splitBrainMs: { max: 0 },
  },
} satisfies Scenario;
