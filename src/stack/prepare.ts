import { ask } from '../clients/rest.ts';
import { connect, type SqlClient } from '../clients/sql.ts';
import { createTables as tables } from '../clients/tables.ts';
import { limits } from '../limits.ts';
import type { Host, Login, Resolved, Stack } from '../model.ts';
import { until } from '../until.ts';

export interface Logins {
  readonly superuser: Login;
  readonly app: Login;
}

/** Makes the application's role with its own schema and tables on the leader, and loads the scenario's data. */
export async function createTables(
  leader: Host,
  logins: Logins,
  rows: number,
  from: string,
  signal: AbortSignal,
) {
  const { user, password } = logins.app;
  await using server = await open(leader, logins.superuser, from, signal);
  // The password is random: hashing it 4096 times would cost each fresh connection of the probe two milliseconds of CPU.
  await server.ask(`SET scram_iterations = 1; CREATE ROLE ${user} LOGIN PASSWORD '${password}'; CREATE SCHEMA AUTHORIZATION ${user};
    SET ROLE ${user}; SET search_path = ${user}; ${tables}`);
  if (rows > 0) {
    // Random text, since repeated text would be compressed away.
    await server.ask('CREATE TABLE ballast (id integer PRIMARY KEY, filling text NOT NULL)');
    await server.ask(
      `INSERT INTO ballast SELECT n, (SELECT string_agg(md5(random()::text || n || piece), '') FROM generate_series(1, 32) piece) FROM generate_series(1, ${rows}) n`,
    );
  }
}

/** The first write that the route's own way acknowledges. */
export function firstWrite(stack: Stack, login: Login, signal: AbortSignal): Promise<true> {
  return until(
    'the first write through the route',
    async s => {
      await using client = await connect(
        { route: stack.route, login, connectMs: 1_000, answerMs: limits.firstWriteMs },
        s,
      );
      await client.ask('INSERT INTO probe (id, writer) VALUES (0, 1000)');
      return true as const;
    },
    { withinMs: limits.firstWriteMs, everyMs: 20, signal, next: "see the router's and the leader's logs" },
  );
}

/** Puts the scenario's settings in force that were lowered for the start (compose/patroni). */
export async function settle(
  stack: Stack,
  { patroni }: Resolved,
  from: string,
  signal: AbortSignal,
): Promise<void> {
  const [leader] = await stack.resolve('primary', signal);
  const answer = await ask(leader.address, '/config', from, signal, {
    loop_wait: patroni.loopWaitS,
    postgresql: { parameters: { wal_retrieve_retry_interval: null } },
  });
  if (answer.status !== 200)
    throw new Error(
      `setting loop_wait through ${leader.name}: expected 200, found ${answer.status} ${answer.body}`,
    );
}

/** Every replica streams, and a synchronous one is chosen if the mode wants one. */
export async function allStreaming(
  stack: Stack,
  logins: Logins,
  mode: Resolved['patroni']['mode'],
  from: string,
  signal: AbortSignal,
) {
  const replicas = stack.having('pg').length - 1;
  await until(
    `${replicas} replicas to stream`,
    async s => {
      const [leader] = await stack.resolve('primary', s);
      await using server = await open(leader, logins.superuser, from, s);
      const [[streaming, synchronous] = []] = await server.ask(
        "SELECT count(*)::int, (count(*) FILTER (WHERE sync_state IN ('sync', 'quorum')))::int FROM pg_stat_replication WHERE state = 'streaming' AND usename = 'replicator'",
      );
      if (Number(streaming) < replicas) throw new Error(`${streaming} of ${replicas} stream`);
      if (mode !== 'async' && Number(synchronous) < 1) throw new Error('no synchronous standby yet');
      return true;
    },
    { withinMs: limits.streamingMs, signal, next: 'see the logs of the pg machines' },
  );
}

function open(host: Host, login: Login, from: string, signal: AbortSignal): Promise<SqlClient> {
  return connect(
    {
      host: host.address,
      port: 5432,
      login,
      from,
      connectMs: limits.askMs * 5,
      answerMs: limits.streamingMs,
    },
    signal,
  );
}
