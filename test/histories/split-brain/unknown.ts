import { failover } from '../build.ts';

/** One acknowledgement comes within the bracket of the promotion: before it or after it. */
export default failover({
  outages: { ledger: { fromMs: 1_950, toMs: 3_700, by: 'refusal' } },
});
