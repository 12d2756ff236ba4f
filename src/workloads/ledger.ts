import { Flights } from '../clients/flights.ts';
import { backOff, HeldConnection } from '../clients/held.ts';
import { openLoop } from '../clients/open-loop.ts';
import { unsent, written } from '../clients/operation.ts';
import { ABORTED } from '../clients/outcome.ts';
import type { SqlClient } from '../clients/sql.ts';
import { READ_ONLY, writeLedger } from '../clients/tables.ts';
import { limits } from '../limits.ts';
import type { Bench, Workload } from '../model.ts';
import { random } from '../random.ts';

/** A garbage collection or a late timer moves an operation by this much; a longer hold-up is a stall. */
const graceUs = 20_000;

/** Writes by whichever connection is free, in turn, so that all of them are in use when the server goes. */
class Writers {
  readonly #held: readonly HeldConnection[];
  readonly #bench: Bench;
  readonly #flights = new Flights();
  #next = 0;

  constructor(bench: Bench, signal: AbortSignal) {
    const { route, login, load, seed } = bench;
    this.#bench = bench;
    const options = { ...load, route, login, application: 'failover-drill ledger' };
    this.#held = Array.from({ length: load.connections }, (_, writer) => {
      return new HeldConnection(options, backOff(random(seed + writer)), signal);
    });
  }

  /** Each has succeeded or failed once: the first writes shall not come due before there is a connection. */
  async tried(): Promise<void> {
    await Promise.all(this.#held.map(held => held.tried));
  }

  due(id: number, dueUs: number, late: boolean): void {
    for (let tried = 0; !late && tried < this.#held.length; tried++) {
      const writer = this.#next++ % this.#held.length;
      const client = this.#held[writer]!.free;
      if (!client) continue;
      this.#flights.add(this.#write(client, { id, writer, dueUs }));
      return;
    }
    this.#bench.record('ledger', unsent({ id, writer: 0, dueUs }));
  }

  async close(): Promise<void> {
    await this.#flights.landed(limits.drainMs, () => {
      for (const held of this.#held) held.abort(ABORTED);
    });
    await Promise.all(this.#held.map(held => held.close()));
  }

  async #write(client: SqlClient, due: { id: number; writer: number; dueUs: number }): Promise<void> {
    const { nowUs, record } = this.#bench;
    const sentUs = nowUs();
    const answer = await client.query(writeLedger, [due.id, due.writer]);
    record('ledger', written(due, sentUs, nowUs(), answer));
    if (answer.code === READ_ONLY) this.#held[due.writer]!.leave();
  }
}

export default {
  about: 'Single-row writes at a set rate over held connections, opened anew when they break.',
  options: {},
  streams: ['ledger'],
  async drive(bench, _, signal) {
    const writers = new Writers(bench, signal);
    try {
      await writers.tried();
      const { nowUs, load } = bench;
      const due = writers.due.bind(writers);
      await openLoop({ everyUs: 1e6 / load.writesPerS, nowUs, graceUs, due }, signal);
    } finally {
      await writers.close();
    }
  },
} satisfies Workload;
