import type { Check } from '../model.ts';
import { outageFinding } from './lib/outage-finding.ts';

export default {
  about: 'The longest time after the fault in which no read was answered, on fresh and on held connections.',
  needs: ['fact:fault', 'operations:probe-read-fresh', 'operations:probe-read-held'],
  measures: { readOutageMs: {}, heldReadOutageMs: {} },
  measure: history =>
    outageFinding(history, 'read', [
      { measure: 'readOutageMs', stream: 'probe-read-fresh', on: 'on fresh connections' },
      { measure: 'heldReadOutageMs', stream: 'probe-read-held', on: 'on a held connection' },
    ]),
} satisfies Check;
