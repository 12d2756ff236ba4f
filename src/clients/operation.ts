import { IN_RECOVERY, NEVER, type Operation } from '../model.ts';
import { NOT_SENT, wasAnswered } from './outcome.ts';
import type { Answer } from './sql.ts';

export interface Due {
  readonly id: number;
  readonly writer: number;
  readonly dueUs: number;
}

/**
 * One that never left this client. `nowUs`: when it was known.
 * `answeredUs` is set when somebody else said no (refused, reset, FATAL), not when we gave up or never tried.
 */
export const unsent = ({ id, writer, dueUs }: Due, code = NOT_SENT, nowUs = NEVER): Operation => ({
  id,
  writer,
  dueUs,
  sentUs: NEVER,
  answeredUs: wasAnswered(code) ? nowUs : NEVER,
  outcome: 'failed',
  code,
  server: '',
  timeline: 0,
  flags: 0,
});

function sent({ id, writer, dueUs }: Due, sentUs: number, nowUs: number, answer: Answer): Operation {
  const { outcome, code, rows, flags } = answer;
  const server = rows[0]?.[0];
  return {
    id,
    writer,
    dueUs,
    sentUs: code === NOT_SENT ? NEVER : sentUs,
    answeredUs: wasAnswered(code) ? nowUs : NEVER,
    outcome,
    code,
    server: typeof server === 'string' ? server : '',
    timeline: 0,
    flags,
  };
}

/** The row of a write that was handed to a connection, from an answer to a statement of tables.ts. */
export function written(due: Due, sentUs: number, nowUs: number, answer: Answer): Operation {
  const file = answer.rows[0]?.[1];
  const timeline = typeof file === 'string' ? Number.parseInt(file.slice(0, 8), 16) : 0;
  return { ...sent(due, sentUs, nowUs, answer), timeline };
}

/** The row of a read that was handed to a connection. */
export function readBy(due: Due, sentUs: number, nowUs: number, answer: Answer): Operation {
  const row = sent(due, sentUs, nowUs, answer);
  return answer.rows[0]?.[1] === true ? { ...row, flags: row.flags | IN_RECOVERY } : row;
}
