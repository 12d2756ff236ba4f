import { Flights } from '../clients/flights.ts';
import { HeldConnection, paced } from '../clients/held.ts';
import { openLoop } from '../clients/open-loop.ts';
import { type Due, readBy, unsent, written } from '../clients/operation.ts';
import { ABORTED, CodedError, codeOf } from '../clients/outcome.ts';
import { type Answer, type ConnectOptions, connect, type SqlClient, type Statement } from '../clients/sql.ts';
import { READ_ONLY, readProbe, writeProbe } from '../clients/tables.ts';
import { limits } from '../limits.ts';
import type { Bench, Operation, Workload } from '../model.ts';

type Options = { readonly outstanding: number; readonly reconnectMs: number };
type Row = (due: Due, sentUs: number, nowUs: number, answer: Answer) => Operation;

const HELD = 0;
const FRESH = 1;

interface Question {
  readonly stream: string;
  readonly statement: Statement;
  readonly values?: readonly unknown[];
  readonly row: Row;
}
const writing = (stream: string, { id, writer }: Due): Question => ({
  stream,
  statement: writeProbe,
  values: [id, writer],
  row: written,
});
const reading = (stream: string): Question => ({ stream, statement: readProbe, row: readBy });

/** Sends, waits, records. */
async function ask(bench: Bench, client: SqlClient, question: Question, due: Due): Promise<Answer> {
  const { nowUs, record } = bench;
  const sentUs = nowUs();
  const answer = await client.query(question.statement, question.values);
  record(question.stream, question.row(due, sentUs, nowUs(), answer));
  return answer;
}

/** One write and one read at each tick, each on its own held connection; what finds it busy or broken is not sent. */
async function probeHeld(bench: Bench, dial: ConnectOptions, { reconnectMs }: Options, signal: AbortSignal) {
  const hold = () => new HeldConnection(dial, paced(reconnectMs), signal);
  const writer = hold();
  const reader = hold();
  const flights = new Flights();
  const readHeld = reading('probe-read-held');
  const write = async (client: SqlClient, due: Due) => {
    const { code } = await ask(bench, client, writing('probe-write-held', due), due);
    if (code === READ_ONLY) writer.leave();
  };
  const read = async (client: SqlClient, due: Due) => {
    await ask(bench, client, readHeld, due);
  };
  const due = (id: number, dueUs: number, late: boolean) => {
    const due = { id, writer: HELD, dueUs };
    const writes = late ? undefined : writer.free;
    if (writes) flights.add(write(writes, due));
    else bench.record('probe-write-held', unsent(due));
    const reads = late ? undefined : reader.free;
    if (reads) flights.add(read(reads, due));
    else bench.record('probe-read-held', unsent(due));
  };
  try {
    await Promise.all([writer.tried, reader.tried]);
    await openLoop({ everyUs: bench.probe.heldMs * 1000, nowUs: bench.nowUs, graceUs: 0, due }, signal);
    await flights.landed(limits.drainMs, () => {
      writer.abort(ABORTED);
      reader.abort(ABORTED);
    });
  } finally {
    await Promise.all([writer.close(), reader.close()]);
  }
}

/** A new connection at each tick: one read, then one write. Many may hang at once while the route is silent. */
async function probeFresh(bench: Bench, dial: ConnectOptions, { outstanding }: Options, signal: AbortSignal) {
  const flights = new Flights();
  const open = new Set<SqlClient>();
  const attempt = async (due: Due) => {
    let client: SqlClient;
    try {
      client = await connect(dial, signal);
    } catch (error) {
      record(due, codeOf(error), bench.nowUs());
      return;
    }
    open.add(client);
    await ask(bench, client, reading('probe-read-fresh'), due);
    const code = signal.aborted ? ABORTED : client.open ? '' : codeOf(client.lost);
    if (code === '') await ask(bench, client, writing('probe-write-fresh', due), due);
    else bench.record('probe-write-fresh', unsent(due, code, bench.nowUs()));
    await client.close();
    open.delete(client);
  };
  const record = (due: Due, code?: string, nowUs?: number) => {
    bench.record('probe-read-fresh', unsent(due, code, nowUs));
    bench.record('probe-write-fresh', unsent(due, code, nowUs));
  };
  const due = (id: number, dueUs: number, late: boolean) => {
    const due = { id, writer: FRESH, dueUs };
    if (!late && flights.count < outstanding) flights.add(attempt(due));
    else record(due);
  };
  await openLoop({ everyUs: bench.probe.freshMs * 1000, nowUs: bench.nowUs, graceUs: 0, due }, signal);
  await flights.landed(limits.drainMs, () => {
    for (const client of open) client.destroy(new CodedError(ABORTED, 'the drill is over'));
  });
}

export default {
  about: 'The outage probe: reads and writes on held connections and on a new one each time.',
  options: {
    /** New connections that may be in the making at once; beyond it one is not attempted. */
    outstanding: 200,
    /** A held connection is sought again this often. */
    reconnectMs: 20,
  },
  streams: ['probe-write-held', 'probe-read-held', 'probe-write-fresh', 'probe-read-fresh'],
  async drive(bench, options, signal) {
    const { route, login, load } = bench;
    const { connectMs, answerMs } = load;
    const dial = { route, login, connectMs, answerMs, application: 'failover-drill probe' };
    await Promise.all([probeHeld(bench, dial, options, signal), probeFresh(bench, dial, options, signal)]);
  },
} satisfies Workload<Options>;
