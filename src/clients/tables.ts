import type { Statement } from './sql.ts';

/**
 * No unique key on the ledger's id: a write that is applied twice must show as two rows. `probe` is apart, so that the
 * ledger's ids stay dense and its own. The writer in `probe` is 0 for the held connection and 1 for the fresh ones.
 */
export const createTables = `
CREATE TABLE IF NOT EXISTS ledger (
  id integer NOT NULL,
  writer integer NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS probe (
  id integer NOT NULL,
  writer integer NOT NULL
);
`;

// Each acknowledgement brings back who gave it. The control file lags behind a promotion; the name of the WAL file
// being written does not: its first eight hexadecimal digits are the timeline.
const returning = 'RETURNING host(inet_server_addr()), pg_walfile_name(pg_current_wal_insert_lsn())';

/** Values: id, writer. Answers the server's address and the WAL file's name. */
export const writeLedger = {
  name: 'write-ledger',
  text: `INSERT INTO ledger (id, writer) VALUES ($1, $2) ${returning}`,
} satisfies Statement;
/** As `writeLedger`. */
export const writeProbe = {
  name: 'write-probe',
  text: `INSERT INTO probe (id, writer) VALUES ($1, $2) ${returning}`,
} satisfies Statement;
/** Answers the server's address and whether it is in recovery. */
export const readProbe = {
  name: 'read-probe',
  text: 'SELECT host(inet_server_addr()), pg_is_in_recovery()',
} satisfies Statement;

/** The server is not where writes go: a careful client leaves it and asks the route again (read_only_sql_transaction). */
export const READ_ONLY = '25006';
