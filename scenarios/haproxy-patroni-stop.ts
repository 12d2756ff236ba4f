import type { Scenario } from '../src/model.ts';

export default {
  about: 'Patroni is stopped on the leader in order, behind HAProxy, and started again once writes flow.',
  strategy: 'haproxy',
  timeline: [{ atS: 5, forS: 60, until: { recoveredForS: 5 }, fault: 'patroni-stop', on: 'primary' }],
  lastS: 150,
  expect: {
    writeOutageMs: { max: 30_000 },
    // An orderly stop hands over: PostgreSQL ships its last WAL before it ends, so even asynchronous standbys have it.
    lost: { max: 0 },
    splitBrainMs: { max: 0 },
  },
} satisfies Scenario;
