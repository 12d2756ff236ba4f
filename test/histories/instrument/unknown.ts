import { failover, stall } from '../build.ts';

/** The instrument slept for 250 ms near the beginning of the outage. */
export default failover({ operation: stall(0, 250) });
