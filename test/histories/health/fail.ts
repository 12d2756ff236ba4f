import { failover } from '../build.ts';

/** The load was acknowledged by half, and nine tenths are asked for. */
export default failover({
  expect: { ledgerShareBefore: { min: 0.9 } },
  operation: (stream, op) =>
    stream === 'ledger' && op.id % 2 ? { ...op, outcome: 'failed', code: '53300' } : op,
});
