import { connect } from 'node:net';
import { limits } from '../limits.ts';

/** Where the drill's HAProxy offers its runtime API (compose/haproxy). */
const port = 9999;

/**
 * One command to HAProxy's runtime API (https://docs.haproxy.org/3.0/management.html#9.3), on a connection of its own.
 * @returns its answer, '' when it said nothing
 * @throws when there is no answer within limits.askMs
 */
export function command(
  address: string,
  line: string,
  from: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect({ host: address, port, ...(from ? { localAddress: from } : {}), signal });
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(limits.askMs, () => socket.destroy(new Error(`no answer in ${limits.askMs} ms`)));
    socket.on('connect', () => socket.end(`${line}\n`));
    socket.on('data', chunk => {
      text += chunk;
    });
    socket.on('error', fail);
    socket.on('close', () => done(text.trim()));
  });
}

export interface ServerState {
  readonly name: string;
  /** UP, DOWN, `UP 1/3` while checks are failing, `DOWN 1/2` while they are rising, ... */
  readonly status: string;
}

/** Each server of the backend `postgres`, from the columns of `show stat`. */
export async function servers(
  address: string,
  from: string,
  signal: AbortSignal,
): Promise<readonly ServerState[]> {
  const [head = '', ...rows] = (await command(address, 'show stat', from, signal)).split('\n');
  const columns = head.replace(/^# /, '').split(',');
  const [backend, server, status] = ['pxname', 'svname', 'status'].map(name => columns.indexOf(name));
  return rows
    .map(row => row.split(','))
    .filter(row => row[backend!] === 'postgres' && !['FRONTEND', 'BACKEND'].includes(row[server!]!))
    .map(row => ({ name: row[server!]!, status: row[status!]! }));
}
