import {
  type Check,
  type Finding,
  type History,
  NEVER,
  outcomes,
  type Scalar,
  type Stored,
} from '../model.ts';
import { injections } from './lib/faults.ts';
import { type Classes, classify } from './lib/ledger.ts';
import { databases, finalLeader, nameOf } from './lib/roles.ts';
import { counted } from './lib/words.ts';

/** Rows of evidence; the summary says how many there are in all. */
const SHOWN = 20;

export default {
  about:
    'What became of every write: kept, lost, applied although refused, or there twice, in the final leader.',
  needs: ['fact:role', 'operations:ledger'],
  measures: {
    acknowledged: {},
    kept: {},
    lost: { max: 0 },
    lostWithWarning: {},
    unknownKept: {},
    unknownLost: {},
    failedButApplied: { max: 0 },
    duplicated: { max: 0 },
    neverSent: {},
  },
  measure(history): Finding {
    const ledger = history.operations('ledger');
    const { name: leader, ...rest } = finalLeader(history);
    const stored = leader === undefined ? undefined : history.stored(leader, 'ledger');
    const doubts =
      leader === undefined ? ['doubt' in rest ? rest.doubt : ''] : unread(history, leader, stored);
    if (!leader || !stored || doubts.length) {
      // What clients were told is known all the same.
      const { acknowledged, neverSent } = classify(ledger, none, 0);
      return {
        summary: `${counted(acknowledged, 'write')} acknowledged; what is left of them is not known: ${doubts.join('; ')}`,
        measures: { acknowledged, neverSent },
        evidence: [],
        doubts,
      };
    }
    const { rows, unrecorded, ...measures } = classify(ledger, stored, SHOWN);
    if (measures.acknowledged === 0)
      doubts.push('no write was acknowledged: that none was lost says nothing');
    if (unrecorded) {
      doubts.push(`${counted(unrecorded, 'id')} in ${leader}'s table stand in no recorded operation`);
    }
    return {
      summary: summary(measures, leader, rows.length),
      measures,
      evidence: rows.map(({ class: name, row }) => evidence(history, leader, name, row)),
      doubts,
    };
  },
} satisfies Check;

const none: Stored = { length: 0, id: new Uint32Array(), copies: new Uint16Array() };

/** Why the final leader's table cannot be relied upon. */
function unread(history: History, leader: string, stored: Stored | undefined): string[] {
  const read = history.facts('read', leader).at(-1);
  if (!stored || read?.value !== 'whole') {
    return [
      `the final leader ${leader} was not read to the end: ${read?.value ?? 'no reading is on record'}`,
    ];
  }
  const ledger = history.operations('ledger');
  let lastUs = 0;
  for (let row = 0; row < ledger.length; row++) {
    if (ledger.outcome[row] === 0 && ledger.answeredUs[row]! > lastUs) lastUs = ledger.answeredUs[row]!;
  }
  return read.toMs * 1_000 < lastUs
    ? [
        `the final leader ${leader} was read at ${read.toMs} ms, before the last acknowledgement at ${lastUs / 1_000} ms`,
      ]
    : [];
}

function summary(measures: Omit<Classes, 'rows' | 'unrecorded'>, leader: string, shown: number): string {
  const { acknowledged, lost, lostWithWarning, failedButApplied, duplicated } = measures;
  const bad = [
    ...(lost ? [`${lost} lost${lostWithWarning ? ` (${lostWithWarning} of them with a warning)` : ''}`] : []),
    ...(failedButApplied ? [`${failedButApplied} applied although they had failed`] : []),
    ...(duplicated ? [`${duplicated} there more than once`] : []),
  ];
  const total = lost + failedButApplied + duplicated;
  const excerpt = total > shown ? ` (${shown} of ${total} shown)` : '';
  const writes = `${counted(acknowledged, 'write')} acknowledged`;
  return bad.length
    ? `${writes}; ${bad.join(', ')}, by ${leader}'s table${excerpt}`
    : `${writes}; nothing that was acknowledged was lost, by ${leader}'s table`;
}

function evidence(
  history: History,
  leader: string,
  name: string,
  row: number,
): Readonly<Record<string, Scalar>> {
  const ops = history.operations('ledger');
  const id = ops.id[row]!;
  const time = (us: number) => (us === NEVER ? 'never' : us / 1_000);
  return {
    class: name,
    id,
    outcome: outcomes[ops.outcome[row]!]!,
    code: ops.codes[ops.code[row]!]!,
    sentMs: time(ops.sentUs[row]!),
    answeredMs: time(ops.answeredUs[row]!),
    server: nameOf(history, ops.servers[ops.server[row]!]!),
    timeline: ops.timeline[row]!,
    flags: ops.flags[row]!,
    ...onDisks(history, leader, id),
  };
}

/** Whether the id stands on the other machines' own disks: `on pg1: true`, `on pg1: not read: why`. */
function onDisks(history: History, leader: string, id: number): Record<string, Scalar> {
  const struck = new Set(injections(history).map(injection => injection.subject));
  const found: Record<string, Scalar> = {};
  for (const node of databases(history)) {
    if (node === leader) continue;
    const stored = history.stored(node, 'ledger');
    const read = history.facts('read', node).at(-1)?.value;
    if (stored?.id.subarray(0, stored.length).includes(id)) found[`on ${node}`] = true;
    else if (stored && read === 'whole') found[`on ${node}`] = false;
    else if (struck.has(node) || read !== undefined || stored) {
      found[`on ${node}`] = read && read !== 'whole' ? read : 'not read';
    }
  }
  return found;
}
