import { Socket } from 'node:net';
import { Client, DatabaseError } from 'pg';
import { limits } from '../limits.ts';
import { type Login, type Outcome, type Route, SYNC_WAIT_CANCELLED } from '../model.ts';
import {
  ABORTED,
  CodedError,
  codeOf,
  EOF,
  ETIMEDOUT,
  endingOf,
  isSyncWaitCancelled,
  NOT_SENT,
} from './outcome.ts';

export type Endpoint = { readonly route: Route } | { readonly host: string; readonly port: number };
export type ConnectOptions = Endpoint & {
  readonly login: Login;
  /** From dialling to the server's readiness for a statement. */
  readonly connectMs: number;
  /** From sending a statement to the server's readiness for the next. */
  readonly answerMs: number;
  /** The local address to leave from; the kernel's choice without it. */
  readonly from?: string;
  /** The connection's application_name. */
  readonly application?: string;
};
export interface Statement {
  /** With a name it is prepared once on each connection. */
  readonly name?: string;
  readonly text: string;
}
export interface Answer {
  readonly outcome: Outcome;
  /** '' when it is ok. */
  readonly code: string;
  readonly rows: readonly (readonly unknown[])[];
  /** Bits as in the model's `flags`. */
  readonly flags: number;
  /** What went wrong, for a person; undefined when it is ok. */
  readonly error?: unknown;
}

/** Silence is told from a quiet server soon, whatever the kernel's defaults are (2 hours). */
const keepAliveAfterMs = 5_000;

/**
 * Opens a connection, or rejects with a CodedError whose `code` is SQLSTATE, errno, or a word of ours; nothing is left
 * open then. No error holds the password.
 */
export async function connect(options: ConnectOptions, signal: AbortSignal): Promise<SqlClient> {
  const { host, port } = 'route' in options ? options.route : options;
  const { login, connectMs } = options;
  const doing = `connecting to ${host}:${port} as ${login.user}`;
  if (signal.aborted) throw new CodedError(ABORTED, `${doing}: the drill ended first`);
  const socket = dialler(options.from);
  const client = new SqlClient(socket, options, `${host}:${port}`);
  const abort = () => client.destroy(new CodedError(ABORTED, `${doing}: the drill ended first`));
  const limit = setTimeout(() => {
    client.destroy(new CodedError(ETIMEDOUT, `${doing}: no answer within ${connectMs} ms`));
  }, connectMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await client.opened;
    return client;
  } catch (error) {
    const cause = client.lost ?? error;
    client.destroy(cause);
    if (cause instanceof CodedError && cause.message.startsWith(doing)) throw cause;
    throw new CodedError(codeOf(cause), `${doing}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', abort);
  }
}

/** A socket that leaves from a given address; node-postgres knows no such setting. */
function dialler(localAddress: string | undefined): Socket {
  const socket = new Socket();
  const dial = socket.connect.bind(socket);
  socket.connect = ((port: number, host: string) => dial({ port, host, localAddress })) as Socket['connect'];
  return socket;
}

/**
 * One connection with one statement in flight. It never throws on its own account after it broke: who holds it sees
 * `open` turn false and `closed` settle.
 *
 * An answer is `ok` only at ReadyForQuery, at which node-postgres resolves a statement: CommandComplete comes before
 * the commit when the statement was sent in the extended protocol (prepared, or with values), and proves nothing.
 */
export class SqlClient implements AsyncDisposable {
  readonly where: string;
  /** When the server is ready; rejects when it will never be. */
  readonly opened: Promise<unknown>;
  /** When the socket is gone. Never rejects. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #client: Client;
  readonly #answerMs: number;
  #limit: NodeJS.Timeout | undefined;
  #lost: unknown;
  #busy = false;
  #flags = 0;

  constructor(socket: Socket, { login, answerMs, application, ...options }: ConnectOptions, where: string) {
    const { host, port } = 'route' in options ? options.route : options;
    this.where = where;
    this.#socket = socket;
    this.#answerMs = answerMs;
    // Listened to before node-postgres does, which knows no reason for an end of file.
    socket.once('error', error => this.#lose(error));
    this.closed = new Promise(resolve => {
      socket.once('close', () => {
        this.#lost ??= new CodedError(EOF, `${where} closed the connection`);
        clearTimeout(this.#limit);
        resolve();
      });
    });
    this.#client = new Client({
      host,
      port,
      ...login,
      ssl: false,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveAfterMs,
      application_name: application ?? 'failover-drill',
      stream: () => socket,
    });
    // Errors between statements: a FATAL before the server closes, a reset. The socket is of no use any more.
    this.#client.on('error', error => this.destroy(error));
    this.#client.on('notice', notice => {
      if (isSyncWaitCancelled(notice)) this.#flags |= SYNC_WAIT_CANCELLED;
    });
    this.opened = this.#client.connect();
  }

  /** A statement can be sent as far as this end knows. */
  get open(): boolean {
    return this.#lost === undefined && this.#socket.writable;
  }
  /** A statement is in flight. */
  get busy(): boolean {
    return this.#busy;
  }
  /** Why the connection ended, if it did. */
  get lost(): unknown {
    return this.#lost;
  }

  /**
   * Sends a statement; `values` may be empty. Never rejects: a broken connection is an answer too.
   * @throws when one is in flight already: that is a mistake of the caller, and would wait unseen in a queue.
   */
  query(statement: Statement, values?: readonly unknown[]): Promise<Answer> {
    if (this.#busy)
      throw new Error(`asking ${this.where}: a statement is in flight on this connection already`);
    if (!this.open) {
      const { promise, resolve } = Promise.withResolvers<Answer>();
      resolve({ outcome: 'failed', code: NOT_SENT, rows: [], flags: 0, error: this.#lost });
      return promise;
    }
    this.#busy = true;
    this.#flags = 0;
    this.#arm();
    return new Promise(resolve => {
      const { name, text } = statement;
      const sent = {
        text,
        rowMode: 'array' as const,
        ...(name && { name }),
        ...(values && { values: [...values] }),
      };
      this.#client.query(sent, (error: Error | null, result) => {
        this.#busy = false;
        if (error) resolve(this.#broken(error));
        else resolve({ outcome: 'ok', code: '', rows: result.rows, flags: this.#flags });
      });
    });
  }

  /** The rows of a statement, for who needs no more. @throws a CodedError for any answer but ok. */
  async ask(text: string, values?: readonly unknown[]): Promise<readonly (readonly unknown[])[]> {
    const { outcome, code, rows, error } = await this.query({ text }, values);
    if (outcome === 'ok') return rows;
    const found = error instanceof Error ? error.message : 'the connection is closed';
    throw new CodedError(code, `asking ${this.where} '${text}': ${found} (${code})`, { cause: error });
  }

  /** Says goodbye and closes. Never hangs, and never rejects. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return this.closed;
    if (this.#busy) this.#lose(new CodedError(ABORTED, `closing the connection to ${this.where}`));
    // Terminate, then both directions shut: a peer that has gone silent would keep a polite end waiting for its own.
    this.#client.end().catch(() => {});
    this.#socket.destroySoon();
    const limit = setTimeout(() => this.#socket.destroy(), limits.askMs);
    await this.closed;
    clearTimeout(limit);
  }

  /** Closes at once; what is in flight ends as unknown with the code of `why`. */
  destroy(why: unknown): void {
    this.#lose(why);
    this.#socket.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #lose(why: unknown): void {
    this.#lost ??= why;
  }

  #broken(error: Error): Answer {
    // node-postgres words a closed socket in its own way; the first thing that we saw says more.
    const cause = error instanceof DatabaseError ? error : (this.#lost ?? error);
    // After FATAL the server closes. After an answer that is none, nobody knows what the next answer belongs to.
    if (!(error instanceof DatabaseError && error.severity === 'ERROR')) this.destroy(cause);
    return { ...endingOf(cause, true), rows: [], flags: this.#flags, error: cause };
  }

  /** One timer a connection, moved on with each statement: a new one each would be garbage at every tick. */
  #arm(): void {
    if (this.#limit) {
      this.#limit.refresh();
      return;
    }
    this.#limit = setTimeout(() => {
      if (!this.#busy) return;
      this.destroy(new CodedError(ETIMEDOUT, `asking ${this.where}: no answer within ${this.#answerMs} ms`));
    }, this.#answerMs);
    this.#limit.unref();
  }
}
