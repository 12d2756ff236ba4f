import { failover } from '../build.ts';

/** On time all along. */
export default failover({ expect: { latenessMs: { max: 5 } } });
