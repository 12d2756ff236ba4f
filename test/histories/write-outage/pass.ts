import { failover } from '../build.ts';

/** Refused for 3.4 s, and 5 s are allowed. */
export default failover({ expect: { writeOutageMs: { max: 5_000 }, heldWriteOutageMs: { max: 5_000 } } });
