import type { App } from '../model.ts';

export default {
  about:
    'The bare ledger: rows written by clients that hold their connections and reconnect as careful ones would.',
  options: {},
  workloads: ['ledger', 'probe'],
  build: () => ({}),
} satisfies App;
