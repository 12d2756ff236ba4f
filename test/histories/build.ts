import { type Batch, Columns } from '../../src/history/columns.ts';
import { historyOf } from '../../src/history/history.ts';
import {
  type Bound, type Fact, type History, type Machine, NEVER, type Operation, type Stored, type Stream,
} from '../../src/model.ts';
import { resolved } from '../../src/plan.ts';

/**
 * Histories of an imagined failover: pg1 is struck at 6 s, pg2 is promoted, pg1 is healed and follows pg2. A story
 * changes what differs. All times of a story are milliseconds since the injection.
 */
export interface Story {
  readonly expect?: Readonly<Record<string, Bound>>;
  /** Of every stream, unless `outages` says otherwise. Null: none. */
  readonly outage?: Outage | null;
  readonly outages?: Readonly<Partial<Record<Stream, Outage | null>>>;
  /** Null: nobody is promoted, pg1 is primary again. */
  readonly promotion?: { readonly fromMs: number; readonly toMs: number } | null;
  /** Changes or drops operations as they were about to be recorded. */
  readonly operation?: (stream: Stream, op: Operation) => Operation | undefined;
  /** Changes the facts, which are in no order. */
  readonly facts?: (facts: Fact[]) => Fact[];
  /** Changes the ids that stand in a machine's table; undefined when it was not read. */
  readonly table?: (node: string, ids: number[]) => number[] | undefined;
  readonly damage?: readonly string[];
}
export interface Outage {
  readonly fromMs: number;
  /** Infinity: never ends. */
  readonly toMs: number;
  /** Refused at once; accepted and silent until it ends; or the client has no connection to send on. */
  readonly by: 'refusal' | 'hang' | 'not sent';
}

export const INJECTED_MS = 6_000;
export const WATCHED_MS = 15_000;
const STARTED_MS = 1_000;
const orderly: Outage = { fromMs: 300, toMs: 3_700, by: 'refusal' };

export const machines: readonly Machine[] = [
  { name: 'pg1', address: '198.18.0.11', roles: ['pg'], layers: [] },
  { name: 'pg2', address: '198.18.0.12', roles: ['pg'], layers: [] },
  { name: 'pg3', address: '198.18.0.13', roles: ['pg'], layers: [] },
  { name: 'router', address: '198.18.0.20', roles: ['router'], layers: [] },
  { name: 'client', address: '198.18.0.30', roles: ['client', 'app'], layers: [] },
];

/** How each stream is due and how long its operations take when all is well, in microseconds. */
const streams: Readonly<Record<string, { everyUs: number; sendUs: number; answerUs: number; parallel: number }>> = {
  ledger: { everyUs: 5_000, sendUs: 200, answerUs: 1_500, parallel: 8 },
  'probe-write-held': { everyUs: 2_000, sendUs: 300, answerUs: 700, parallel: 1 },
  'probe-read-held': { everyUs: 2_000, sendUs: 300, answerUs: 400, parallel: 1 },
  'probe-write-fresh': { everyUs: 20_000, sendUs: 3_500, answerUs: 1_000, parallel: Number.POSITIVE_INFINITY },
  'probe-read-fresh': { everyUs: 20_000, sendUs: 3_000, answerUs: 500, parallel: Number.POSITIVE_INFINITY },
};

export function failover(story: Story = {}): History {
  const promotion = story.promotion === undefined ? { fromMs: 1_900, toMs: 2_000 } : story.promotion;
  const leader = promotion ? 'pg2' : 'pg1';
  const operations = new Map<Stream, Batch>();
  for (const stream of Object.keys(streams)) {
    const outage = story.outages?.[stream] === undefined ? story.outage : story.outages[stream];
    const ops = imagined(stream, outage === undefined ? orderly : outage, promotion?.toMs)
      .map(op => story.operation ? story.operation(stream, op) : op)
      .filter(op => op !== undefined);
    operations.set(stream, columnsOf(ops));
  }
  const facts = imaginedFacts(promotion);
  return historyOf({
    drill: {
      id: 'd1',
      name: 'imagined',
      repetition: 0,
      seed: 1,
      scenario: resolved({
        about: 'An imagined failover.',
        strategy: 'haproxy',
        timeline: [{ atS: 5, forS: 60, until: { recoveredForS: 5 }, fault: 'patroni-stop', on: 'primary' }],
        lastS: 90,
        expect: story.expect ?? {},
      }),
    },
    versions: { postgresql: '17.6', patroni: '4.0.6' },
    machines,
    facts: story.facts ? story.facts(facts) : facts,
    operations,
    stored: tables(operations.get('ledger')!, leader, story),
    ...(story.damage && { damage: story.damage }),
  });
}

/** One stream's operations in the order of their due times. */
function imagined(stream: Stream, outage: Outage | null, promotedMs = Number.POSITIVE_INFINITY): Operation[] {
  const { everyUs, sendUs, answerUs, parallel } = streams[stream]!;
  const found: Operation[] = [];
  const fresh = parallel === Number.POSITIVE_INFINITY;
  let hanging = 0;
  for (let id = 0; ; id++) {
    const dueUs = STARTED_MS * 1_000 + id * everyUs;
    const sinceMs = dueUs / 1_000 - INJECTED_MS;
    if (sinceMs >= WATCHED_MS) return found;
    const timeline = sinceMs > promotedMs ? 2 : 1;
    const by = timeline === 2 ? '198.18.0.12' : '198.18.0.11';
    const served = { id, writer: 0, dueUs, outcome: 'ok', code: '', server: by, timeline, flags: 0 } as const;
    const none = { ...served, server: '', timeline: 0, sentUs: NEVER, answeredUs: NEVER } as const;
    if (!outage || sinceMs < outage.fromMs || sinceMs >= outage.toMs) {
      found.push({ ...served, sentUs: dueUs + sendUs, answeredUs: dueUs + sendUs + answerUs });
    } else if (outage.by === 'not sent') {
      found.push({ ...none, outcome: 'failed', code: 'NOT_SENT' });
    } else if (outage.by === 'refusal') {
      // A held connection breaks under its first statement, and cannot be opened again.
      const broken = !fresh && hanging++ < 1;
      found.push(
        broken
          ? { ...none, outcome: 'unknown', code: '57P01', sentUs: dueUs + sendUs, answeredUs: dueUs + sendUs + 100 }
          : { ...none, outcome: 'failed', code: fresh ? 'ECONNREFUSED' : 'NOT_SENT' },
      );
    } else if (hanging++ < parallel) {
      const answeredUs = (INJECTED_MS + outage.toMs) * 1_000 + 500;
      const byNew = outage.toMs > promotedMs ? { server: '198.18.0.12', timeline: 2 } : {};
      found.push(
        Number.isFinite(outage.toMs)
          ? { ...served, ...byNew, sentUs: dueUs + sendUs, answeredUs }
          : { ...none, outcome: 'unknown', code: 'ABORTED', sentUs: dueUs + sendUs },
      );
    } else found.push({ ...none, outcome: 'failed', code: 'NOT_SENT' });
  }
}

function columnsOf(ops: readonly Operation[]): Batch {
  const columns = new Columns();
  for (const op of ops) columns.push(op);
  const batch = columns.take();
  if (!batch) throw new Error('a story without operations: drop the stream from the history instead');
  return batch;
}

/** A fact of the story. `atMs` or a bracket, since the injection. */
export function fact(key: string, subject: string, value: string, fromMs: number, toMs = fromMs): Fact {
  return { source: 'imagined', key, subject, value, fromMs: INJECTED_MS + fromMs, toMs: INJECTED_MS + toMs };
}

function imaginedFacts(promotion: Story['promotion']): Fact[] {
  const before = -5_000;
  return [
    fact('ready', 'drill', 'network', -5_900),
    fact('ready', 'drill', 'first write', -5_100),
    ...['pg1', 'pg2', 'pg3'].flatMap(pg => [
      fact('role', pg, pg === 'pg1' ? 'primary' : 'replica', before),
      fact('timeline', pg, '1', before),
      fact('streaming', pg, pg === 'pg1' ? '' : 'pg1', before),
      ...(pg === 'pg1' ? [] : [fact('lag', pg, '0', before)]),
      fact('read', pg, 'whole', WATCHED_MS + 100, WATCHED_MS + 500),
    ]),
    fact('leader', 'cluster', 'pg1', before),
    fact('loop', 'cluster', '0/5000000', -4_000),
    fact('route', 'router', 'pg1', before),
    fact('cpu', 'load', '0.15', -3_000, -2_000),
    fact('cpu', 'load and probe', '0.72', -2_000, -1_000),
    fact('fault', 'pg1', 'injected patroni-stop', 0, 150),
    fact('evidence', 'pg1', 'bitten: patroni does not run', 150, 400),
    fact('fault', 'pg1', 'bitten patroni-stop', 150, 400),
    fact('role', 'pg1', 'silent', 300, 400),
    fact('route', 'router', '', 900, 1_000),
    fact('fault', 'pg1', 'healed patroni-stop', 9_000, 9_400),
    fact('fault', 'pg1', 'whole patroni-stop', 11_000, 11_200),
    fact('mark', 'drill', 'watched', WATCHED_MS),
    ...(promotion ? failedOver(promotion) : cameBack()),
  ];
}

const failedOver = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => [
  fact('leader', 'cluster', '', 1_490, 1_500),
  fact('leader', 'cluster', 'pg2', 1_590, 1_600),
  fact('role', 'pg2', 'primary', fromMs, toMs),
  fact('timeline', 'pg2', '2', fromMs, toMs),
  fact('streaming', 'pg2', '', fromMs, toMs),
  fact('streaming', 'pg3', 'pg2', 2_400, 2_500),
  fact('route', 'router', 'pg2', 3_500, 3_600),
  fact('role', 'pg1', 'replica', 9_900, 10_000),
  fact('streaming', 'pg1', 'pg2', 10_400, 10_500),
  fact('lag', 'pg1', '4096', 10_400, 10_500),
  fact('lag', 'pg1', '0', 10_900, 11_000),
];

const cameBack = () => [
  fact('role', 'pg1', 'primary', 3_000, 3_100),
  fact('route', 'router', 'pg1', 3_500, 3_600),
];

/** Every machine's table: what was acknowledged, and the half of what is not known. */
function tables(ledger: Batch, leader: string, story: Story) {
  const ids: number[] = [];
  let unknown = 0;
  for (let row = 0; row < ledger.length; row++) {
    const outcome = ledger.outcome[row];
    if (outcome === 0 || (outcome === 2 && unknown++ % 2 === 0)) ids.push(ledger.id[row]!);
  }
  // The leader first: who reads the story sees at once what is judged.
  const nodes = [leader, ...['pg1', 'pg2', 'pg3'].filter(node => node !== leader)];
  return nodes.flatMap(node => {
    const table = story.table ? story.table(node, ids) : ids;
    return table ? [{ node, stream: 'ledger', rows: storedOf(table) }] : [];
  });
}

function storedOf(table: readonly number[]): Stored {
  const copies = new Map<number, number>();
  for (const id of table) copies.set(id, (copies.get(id) ?? 0) + 1);
  return { length: copies.size, id: Uint32Array.from(copies.keys()), copies: Uint16Array.from(copies.values()) };
}

// ── planted defects, to be combined ──

/** Leaves out every fact of a key (of a subject, of a value that begins so). */
export function without(key: string, subject?: string, value = ''): (facts: Fact[]) => Fact[] {
  return facts => facts.filter(f => f.key !== key || (subject !== undefined && f.subject !== subject) || !f.value.startsWith(value));
}

/** The old primary goes on acknowledging the ledger's writes until then, on its own timeline. */
export function oldGoesOn(untilMs: number): NonNullable<Story['operation']> {
  return (stream, op) =>
    stream === 'ledger' && op.outcome === 'ok' && op.dueUs < (INJECTED_MS + untilMs) * 1_000
      ? { ...op, server: '198.18.0.11', timeline: 1 }
      : op;
}

/** The instrument sleeps: what is due in that time is sent at its end. */
export function stall(fromMs: number, toMs: number): NonNullable<Story['operation']> {
  const [fromUs, toUs] = [(INJECTED_MS + fromMs) * 1_000, (INJECTED_MS + toMs) * 1_000];
  return (_stream, op) => {
    if (op.dueUs < fromUs || op.dueUs >= toUs || op.outcome !== 'ok') return op;
    const late = Math.max(0, toUs - op.sentUs);
    return { ...op, sentUs: op.sentUs + late, answeredUs: op.answeredUs + late };
  };
}
