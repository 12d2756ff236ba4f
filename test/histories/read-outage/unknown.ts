import { failover } from '../build.ts';

/** The bound lies within the bracket: the outage may have kept it or not. */
export default failover({ expect: { readOutageMs: { max: 3_400 } } });
