import { failover } from '../build.ts';

/** In step after 2 s, and only 1 s is allowed. */
export default failover({ expect: { rejoinMs: { max: 1_000 } } });
