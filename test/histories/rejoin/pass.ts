import { failover } from '../build.ts';

/** In step 2 s after it was healed. */
export default failover({ expect: { rejoinMs: { max: 10_000 } } });
