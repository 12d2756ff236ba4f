import type { Check } from '../model.ts';
import { outageFinding } from './lib/outage-finding.ts';

export default {
  about:
    'The longest time after the fault in which no write was acknowledged, on fresh and on held connections.',
  needs: ['fact:fault', 'operations:probe-write-fresh', 'operations:probe-write-held'],
  measures: { writeOutageMs: {}, heldWriteOutageMs: {} },
  measure: history =>
    outageFinding(history, 'write', [
      { measure: 'writeOutageMs', stream: 'probe-write-fresh', on: 'on fresh connections' },
      { measure: 'heldWriteOutageMs', stream: 'probe-write-held', on: 'on a held connection' },
    ]),
} satisfies Check;
