import { failover } from '../build.ts';

/** Injected, bitten, healed and whole. */
export default failover();
