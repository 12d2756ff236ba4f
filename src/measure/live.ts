import type { Batch } from '../history/columns.ts';
import type { Fact, Stream, Until } from '../model.ts';

/** Below this, a gap between two acknowledgements on fresh connections is no outage. */
const outageMs = 500;

/** What is going on right now: enough for a drill to know when it may go on, and for a person who looks on. Never judged by. */
export class Live {
  readonly #fresh: { readonly atMs: number; readonly server: string }[] = [];
  readonly #ledger: { readonly atMs: number; readonly server: string }[] = [];
  readonly #facts = new Map<string, Fact>();
  #loops = 0;

  batch(stream: Stream, { length, outcome, answeredUs, server, servers }: Batch): void {
    for (let i = 0; i < length; i++) {
      if (outcome[i] !== 0) continue;
      const acknowledgement = { atMs: answeredUs[i]! / 1000, server: servers[server[i]!]! };
      if (stream === 'probe-write-fresh') this.#fresh.push(acknowledgement);
      if (stream === 'ledger') this.#ledger.push(acknowledgement);
    }
  }

  fact(fact: Fact): void {
    this.#facts.set(`${fact.key} ${fact.subject}`, fact);
    if (fact.key === 'loop') this.#loops++;
  }

  get loops(): number {
    return this.#loops;
  }
  /** Of the machines given, those whose last word was that they are primary. */
  primaries(names: readonly string[]): readonly string[] {
    return names.filter(name => this.value('role', name) === 'primary');
  }
  value(key: string, subject: string): string | undefined {
    return this.#facts.get(`${key} ${subject}`)?.value;
  }
  /** Acknowledged ledger writes in the second before. */
  writesPerS(nowMs: number): number {
    let count = 0;
    for (let i = this.#ledger.length - 1; i >= 0 && this.#ledger[i]!.atMs > nowMs - 1250; i--)
      if (this.#ledger[i]!.atMs <= nowMs - 250) count++; // batches come each 250 ms
    return count;
  }

  /** @param sinceMs when the fault was injected; @param address the struck machine's */
  holds(condition: Until, sinceMs: number, address: string, nowMs: number): boolean {
    return 'recoveredForS' in condition
      ? this.#recovered(condition.recoveredForS * 1000, sinceMs, nowMs)
      : this.#acknowledgedByOld(sinceMs, address) >= condition.acknowledgedByOld;
  }

  #recovered(forMs: number, sinceMs: number, nowMs: number): boolean {
    const times = this.#fresh
      .map(({ atMs }) => atMs)
      .filter(atMs => atMs >= sinceMs - outageMs)
      .sort((a, b) => a - b);
    let recoveredMs: number | undefined;
    let last = Math.min(times[0] ?? sinceMs, sinceMs);
    for (const atMs of times) {
      if (atMs - last > outageMs) recoveredMs = atMs; // the last gap counts: it may flap
      last = atMs;
    }
    return recoveredMs !== undefined && nowMs - last < outageMs + 500 && last - recoveredMs >= forMs;
  }

  #acknowledgedByOld(sinceMs: number, old: string): number {
    // The ledger's connections are held, perhaps all of them by the old server: who is new, the fresh ones meet first.
    const byNew = [...this.#fresh, ...this.#ledger].filter(
      ({ atMs, server }) => atMs >= sinceMs && server !== old && server !== '',
    );
    if (byNew.length === 0) return 0;
    const newMs = byNew.reduce((first, { atMs }) => Math.min(first, atMs), Number.POSITIVE_INFINITY);
    return this.#ledger.filter(({ atMs, server }) => server === old && atMs > newMs).length;
  }
}
