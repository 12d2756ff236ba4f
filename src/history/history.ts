import type { Fact, FactKey, History, Operations, Stored, Stream } from '../model.ts';

/** A history's three tables, whole in memory. */
export interface Tables
  extends Pick<History, 'drill' | 'versions' | 'machines'>,
    Partial<Pick<History, 'damage'>> {
  /** In any order. */
  readonly facts: readonly Fact[];
  readonly operations: ReadonlyMap<Stream, Operations>;
  readonly stored: readonly { readonly node: string; readonly stream: Stream; readonly rows: Stored }[];
}

const nothing: Operations = {
  length: 0,
  id: new Uint32Array(),
  writer: new Uint16Array(),
  dueUs: new Uint32Array(),
  sentUs: new Uint32Array(),
  answeredUs: new Uint32Array(),
  outcome: new Uint8Array(),
  server: new Uint8Array(),
  timeline: new Uint16Array(),
  flags: new Uint8Array(),
  code: new Uint16Array(),
  servers: [],
  codes: [],
};

/** Answers a check's questions from tables in memory. */
export function historyOf({ facts, operations, stored, ...rest }: Tables): History {
  const byKey = new Map<string, Fact[]>();
  const bySubject = new Map<string, Fact[]>();
  // The sort is stable: what was seen at the same moment keeps the order in which it was told.
  for (const fact of [...facts].sort((a, b) => a.toMs - b.toMs)) {
    append(byKey, fact.key, fact);
    append(bySubject, `${fact.key} ${fact.subject}`, fact);
  }
  return {
    schema: 1,
    ...rest,
    facts: (key: FactKey, subject?: string) =>
      (subject === undefined ? byKey.get(key) : bySubject.get(`${key} ${subject}`)) ?? [],
    operations: stream => operations.get(stream) ?? nothing,
    stored: (node, stream) => stored.find(s => s.node === node && s.stream === stream)?.rows,
    streams: [...operations.keys()],
    read: stored.map(({ node, stream }) => ({ node, stream })),
  };
}

function append(index: Map<string, Fact[]>, key: string, fact: Fact): void {
  const list = index.get(key);
  if (list) list.push(fact);
  else index.set(key, [fact]);
}
