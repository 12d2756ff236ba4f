import { failover, without } from '../build.ts';

/** Nothing proves that the fault bit. */
export default failover({ facts: without('fault', 'pg1', 'bitten') });
