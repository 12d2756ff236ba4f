import { failover, without } from '../build.ts';

/** A replica did not stream before the fault. */
export default failover({ facts: without('streaming', 'pg3', 'pg1') });
