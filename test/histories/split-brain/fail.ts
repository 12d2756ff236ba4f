import { failover, oldGoesOn } from '../build.ts';

/** The old primary acknowledges the ledger for 3 s after the promotion. */
export default failover({ outages: { ledger: null }, operation: oldGoesOn(5_000) });
