import { failover } from '../build.ts';

/** One primary, all replicas streaming, all of the load acknowledged. */
export default failover();
