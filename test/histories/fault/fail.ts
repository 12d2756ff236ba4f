import { fact, failover, without } from '../build.ts';

/** It bit after 0.4 s at most, and only 0.1 s is allowed. */
export default failover({
  expect: { bittenMs: { max: 100 } },
  facts: facts => [
    ...without('fault', 'pg1', 'bitten')(facts),
    fact('fault', 'pg1', 'bitten patroni-stop', 350, 400),
  ],
});
