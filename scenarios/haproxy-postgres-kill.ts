import type { Scenario } from '../src/model.ts';

export default {
  about: 'The postmaster of the leader is killed behind HAProxy; Patroni starts it again where it stood.',
  strategy: 'haproxy',
  timeline: [{ atS: 5, forS: 60, until: { recoveredForS: 5 }, fault: 'postgres-kill', on: 'primary' }],
  lastS: 150,
  expect: {
    // Patroni notices within one loop of 10 s, and an almost empty database recovers in moments.
    writeOutageMs: { max: 30_000 },
    // What was acknowledged is in the WAL on disk, and the same server comes back with it.
    lost: { max: 0 },
    splitBrainMs: { max: 0 },
  },
} satisfies Scenario;
