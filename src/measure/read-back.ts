import { connect } from '../clients/sql.ts';
import { limits } from '../limits.ts';
import type { Host, Login, Stored } from '../model.ts';

/** Four bytes an id, big-endian, as hexadecimal: in bulk this is faster than rows or COPY. */
const ids = "SELECT encode(coalesce(string_agg(int4send(id), ''::bytea), ''::bytea), 'hex') FROM shop.ledger";

/** The ledger's ids on a server that answers, over a fresh direct connection. */
export async function readLive(host: Host, login: Login, from: string, signal: AbortSignal): Promise<Stored> {
  await using client = await connect(
    { host: host.address, port: 5432, login, from, connectMs: limits.askMs * 2, answerMs: limits.readBackMs },
    signal,
  );
  const [[hex] = []] = await client.ask(ids);
  return counted(String(hex));
}

/**
 * The ledger's ids on the disk of a PostgreSQL that does not run: its data directory is copied, and the copy recovers
 * on a private socket and is discarded, so that nothing of the original changes before it rejoins. Without signal
 * files and conninfo it follows nobody.
 */
export async function readDisk(host: Host, database: string, signal: AbortSignal): Promise<Stored> {
  const hex = await host.exec(['su', 'postgres', '-s', '/bin/sh', '-c', script(database)], signal);
  return counted(hex.trim());
}

const script = (database: string) => `
set -eu
if pgrep -x postgres >/dev/null; then echo "a postmaster runs, and does not answer" >&2; exit 1; fi
at=$(mktemp -d /var/lib/postgresql/evidence.XXXXXX)
trap 'pg_ctl -D "$at/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$at"' EXIT
cp -a "$PGDATA" "$at/data"
rm -f "$at/data/postmaster.pid" "$at/data/standby.signal" "$at/data/recovery.signal"
echo 'local all all trust' > "$at/hba"
pg_ctl -D "$at/data" -s -w -t 60 -l "$at/log" -o "-c listen_addresses= -c unix_socket_directories=$at -c hba_file=$at/hba -c primary_conninfo= -c primary_slot_name= -c restore_command= -c archive_mode=off -c synchronous_standby_names= -c shared_buffers=16MB" start >/dev/null || { tail -n 5 "$at/log" >&2; exit 1; }
psql -h "$at" -U postgres -d ${database} -qAt -c "${ids.replaceAll('"', '\\"')}"
`;

function counted(hex: string): Stored {
  const bytes = Buffer.from(hex, 'hex');
  const count = bytes.length / 4;
  const all = new Uint32Array(count);
  for (let i = 0; i < count; i++) all[i] = bytes.readUInt32BE(i * 4);
  all.sort();
  const id = new Uint32Array(count);
  const copies = new Uint16Array(count);
  let length = 0;
  for (let i = 0; i < count; i++) {
    if (length && id[length - 1] === all[i]) copies[length - 1] = Math.min(0xffff, copies[length - 1]! + 1);
    else {
      id[length] = all[i]!;
      copies[length++] = 1;
    }
  }
  return { length, id: id.slice(0, length), copies: copies.slice(0, length) };
}
