import { failover } from '../build.ts';

/** All that was acknowledged stands in the final leader, once. */
export default failover();
