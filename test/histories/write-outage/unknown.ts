import { failover, without } from '../build.ts';

/** The drill broke off: nobody knows how long the watching went on. */
export default failover({ facts: without('mark') });
