import { failover } from '../build.ts';

/** The router takes 3.6 s, and only 1 s is allowed. */
export default failover({ expect: { routeSwitchedMs: { max: 1_000 } } });
