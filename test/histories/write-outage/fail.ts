import { failover } from '../build.ts';

/** The writes that hang are never answered: still open when the watching ends. */
export default failover({
  expect: { writeOutageMs: { max: 60_000 } },
  outage: { fromMs: 300, toMs: Number.POSITIVE_INFINITY, by: 'hang' },
});
