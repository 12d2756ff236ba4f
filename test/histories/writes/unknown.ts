import { failover, without } from '../build.ts';

/** The final leader's table was not read. */
export default failover({
  table: (node, ids) => (node === 'pg2' ? undefined : ids),
  facts: without('read', 'pg2'),
});
