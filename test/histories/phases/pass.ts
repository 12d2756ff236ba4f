import { failover } from '../build.ts';

/** Promoted after 2 s, routed after 3.6 s. */
export default failover({ expect: { promotedMs: { max: 5_000 }, routeSwitchedMs: { max: 5_000 } } });
