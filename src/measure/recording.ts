import type { Batch } from '../history/columns.ts';
import type { factsWriter, operationsWriter } from '../history/write.ts';
import type { Fact, Stored, Stream } from '../model.ts';

/** Appends bytes to a file of the drill's folder, such as `history/facts.arrow`. */
export type Append = (file: string, bytes: Uint8Array) => void;

type Writers = typeof import('../history/write.ts');

/** Writes the three tables as they come. What comes before `open` has loaded the writers waits for them. */
export class Recording {
  readonly #append: Append;
  readonly #operations = new Map<Stream, ReturnType<typeof operationsWriter>>();
  #early: Fact[] = [];
  #writers: Writers | undefined;
  #facts: ReturnType<typeof factsWriter> | undefined;

  constructor(append: Append) {
    this.#append = append;
  }

  /** Loading Arrow takes a tenth of a second, which is there while the machines start. */
  async open(): Promise<void> {
    this.#writers ??= await import('../history/write.ts');
    this.#facts ??= this.#writers.factsWriter(bytes => this.#append('history/facts.arrow', bytes));
    this.#facts.write(this.#early);
    this.#early = [];
  }

  fact(fact: Fact): void {
    if (this.#facts) this.#facts.write(fact);
    else this.#early.push(fact);
  }
  /** Once it is open. */
  batch(stream: Stream, batch: Batch): void {
    let writer = this.#operations.get(stream);
    if (!writer) {
      writer = this.#writers!.operationsWriter(bytes =>
        this.#append(`history/operations-${stream}.arrow`, bytes),
      );
      this.#operations.set(stream, writer);
    }
    writer.write(batch);
  }
  /** Once it is open. */
  stored(node: string, stream: Stream, stored: Stored): void {
    const file = `history/stored-${node}-${stream}.arrow`;
    const writer = this.#writers!.storedWriter(bytes => this.#append(file, bytes));
    writer.write(stored);
    writer.end();
  }
  async end(): Promise<void> {
    await this.open();
    this.#facts!.end();
    for (const writer of this.#operations.values()) writer.end();
  }
}
