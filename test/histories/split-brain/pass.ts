import { failover } from '../build.ts';

/** The old primary stops before the new one is promoted. */
export default failover();
