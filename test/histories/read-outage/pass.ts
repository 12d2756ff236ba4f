import { failover } from '../build.ts';

/** Reads hang for 2 s, and 3 s are allowed. */
export default failover({
  expect: { readOutageMs: { max: 3_000 } },
  outage: { fromMs: 300, toMs: 2_300, by: 'hang' },
});
