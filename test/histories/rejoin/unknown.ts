import { failover, without } from '../build.ts';

/** The old primary is not seen streaming again. */
export default failover({ facts: without('streaming', 'pg1', 'pg2') });
