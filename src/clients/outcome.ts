import { DatabaseError } from 'pg';
import type { Outcome } from '../model.ts';

/** Words of ours in the column `code`, beside SQLSTATE and errno. */
export const NOT_SENT = 'NOT_SENT'; // due, but no connection was free, or the client itself was late
export const ETIMEDOUT = 'ETIMEDOUT'; // our own limit, or the kernel's
export const ABORTED = 'ABORTED'; // the drill ended first
export const EOF = 'EOF'; // the other side closed the connection without a word
export const PROTOCOL = 'PROTOCOL'; // an answer that is none in PostgreSQL's protocol

export interface Ending {
  readonly outcome: Outcome;
  readonly code: string;
}

/** An error that carries a word for the column `code`. */
export class CodedError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CodedError';
    this.code = code;
  }
}

/** SQLSTATE, errno or a word of ours. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code !== '' ? code : PROTOCOL;
}

/** The server says so itself: it does not know how the transaction ended. */
const undecided = new Set(['08007', '40003']);

/**
 * How an operation ended that was not acknowledged. `failed` is a promise that it did not happen, so it is given only
 * when nothing was sent, or when the server answered with severity ERROR, which ends the transaction. FATAL and PANIC
 * end the process, and that can be after the commit: a shutdown (57P01) reaches a backend in its wait for the standby,
 * when the row is already on its disk.
 */
export function endingOf(error: unknown, sent: boolean): Ending {
  const code = codeOf(error);
  if (!sent) return { outcome: 'failed', code };
  const rolledBack = error instanceof DatabaseError && error.severity === 'ERROR' && !undecided.has(code);
  return { outcome: rolledBack ? 'failed' : 'unknown', code };
}

/** Whether the other side (or the network) ended it; false when we gave up waiting, or never asked. */
export const wasAnswered = (code: string) => code !== ETIMEDOUT && code !== ABORTED && code !== NOT_SENT;

interface Notice {
  readonly severity?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/**
 * The commit was acknowledged though its wait for the standby was cancelled: it may be lost even in strict mode.
 * PostgreSQL gives this warning no SQLSTATE of its own (01000, or 57P01 when the backend is told to end:
 * src/backend/replication/syncrep.c, SyncRepWaitForLSN), so the text decides; the cluster's lc_messages is C.
 */
export const isSyncWaitCancelled = ({ severity, code, message }: Notice) =>
  severity === 'WARNING' &&
  (code === '01000' || code === '57P01') &&
  /^canceling (the )?wait for synchronous replication/.test(message ?? '');
