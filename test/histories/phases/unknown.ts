import { failover } from '../build.ts';

/** A promotion is expected, and nobody is promoted. */
export default failover({ expect: { promotedMs: { max: 5_000 } }, promotion: null });
