import type { Bench, Operation, Stream } from '../../src/model.ts';

/** A bench that keeps its rows, without a thread. */
export function benchAt(host: string, port: number, settings: Partial<Bench> = {}) {
  const rows = new Map<Stream, Operation[]>();
  const zero = performance.now();
  const bench: Bench = {
    route: { kind: 'address', host, port },
    login: { user: 'app', password: 'x', database: 'app' },
    load: { writesPerS: 200, connections: 4, connectMs: 200, answerMs: 200 },
    probe: { heldMs: 2, freshMs: 20 },
    seed: 1,
    nowUs: () => Math.trunc((performance.now() - zero) * 1000),
    record(stream, operation) {
      const known = rows.get(stream);
      if (known) known.push(operation);
      else rows.set(stream, [operation]);
    },
    ...settings,
  };
  return { bench, rows: (stream: Stream) => rows.get(stream) ?? [] };
}

/** Ids from 0 without a gap, each once. */
export const dense = (rows: readonly Operation[]) =>
  rows
    .map(({ id }) => id)
    .sort((a, b) => a - b)
    .every((id, index) => id === index);
