import { failover } from '../build.ts';

/** Three acknowledged writes are not in the final leader; the struck machine still has them. */
export default failover({
  table: (node, ids) => (node === 'pg2' ? ids.filter(id => id < 990 || id > 992) : ids),
});
