import { failover } from '../build.ts';

/** Refused for 3.4 s, and only 1 s is allowed. */
export default failover({ expect: { readOutageMs: { max: 1_000 } } });
