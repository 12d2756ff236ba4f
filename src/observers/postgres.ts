import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type SqlClient } from '../clients/sql.ts';
import { limits } from '../limits.ts';
import type { Host, Observer, Watch } from '../model.ts';
import { changes } from './lib/changes.ts';

const everyMs = 50;
/** A growing lag is told this often at most; its coming and going to zero at once. */
const lagEveryMs = 1_000;

// pg_walfile_name of the insert position knows the timeline at once; the control file lags behind a promotion. Lag counts
// from what is flushed: the insert position of an idle server may stand behind the header of a page that nobody sends.
const state = `
SELECT pg_is_in_recovery(),
  CASE WHEN pg_is_in_recovery() THEN (SELECT received_tli FROM pg_stat_wal_receiver)
       ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int END,
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END - '0/0'::pg_lsn,
  (SELECT sender_host FROM pg_stat_wal_receiver WHERE status = 'streaming')`;

/** The primary's flushed position when it was last asked, shared by the machines' watchers. */
interface Front {
  position: number;
}

export default {
  about: 'Role, timeline, streaming and lag of each PostgreSQL, asked directly.',
  keys: ['role', 'timeline', 'streaming', 'lag'],
  async watch(watch, signal) {
    const front: Front = { position: 0 };
    await Promise.all(watch.stack.having('pg').map(machine => watchOne(machine, watch, front, signal)));
  },
} satisfies Observer;

async function watchOne(machine: Host, watch: Watch, front: Front, signal: AbortSignal): Promise<void> {
  const { stack, login, from, nowMs } = watch;
  const change = changes(watch, onlyGrows);
  const tell = (key: 'role' | 'timeline' | 'streaming' | 'lag', value: string, askedMs: number) =>
    change({ subject: machine.name, key, value, askedMs });
  let client: SqlClient | undefined;
  for (; !signal.aborted; await sleep(everyMs, undefined, { signal }).catch(() => {})) {
    const askedMs = nowMs();
    // What the primary had before this machine was asked: a replica that has replayed that is in step.
    const target = front.position;
    try {
      client ??= await connect(
        { host: machine.address, port: 5432, login, from, connectMs: limits.askMs, answerMs: limits.askMs },
        signal,
      );
      const [[inRecovery, timeline, position, sender] = []] = await client.ask(state);
      if (signal.aborted) break;
      tell('role', inRecovery ? 'replica' : 'primary', askedMs);
      if (timeline !== null) tell('timeline', String(timeline), askedMs);
      if (!inRecovery) {
        front.position = Number(position);
        continue;
      }
      tell('streaming', stack.hosts.find(host => host.address === sender)?.name ?? '', askedMs);
      tell('lag', String(Math.max(0, target - Number(position ?? 0))), askedMs);
    } catch {
      client?.destroy(new Error('it did not answer its observer'));
      client = undefined;
      if (!signal.aborted) {
        tell('role', 'silent', askedMs);
        tell('streaming', '', askedMs);
      }
    }
  }
  await client?.close();
}

/** A lag that was told and is not over yet. */
const onlyGrows = (key: string, before: string, now: string, sinceMs: number) =>
  key === 'lag' && before !== '0' && now !== '0' && sinceMs < lagEveryMs;
