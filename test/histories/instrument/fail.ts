import { failover, stall } from '../build.ts';

/** Late by 40 ms near the beginning of the outage, and only 20 ms are allowed. */
export default failover({ expect: { latenessMs: { max: 20 } }, operation: stall(200, 240) });
