import type { Batch } from '../history/columns.ts';
import { factsWriter, operationsWriter, storedWriter } from '../history/write.ts';
import type { Fact, Stored, Stream } from '../model.ts';

/** Appends bytes to a file of the drill's folder, such as `history/facts.arrow`. */
export type Append = (file: string, bytes: Uint8Array) => void;

/** Writes the three tables as they come. */
export class Recording {
  readonly #append: Append;
  readonly #facts: ReturnType<typeof factsWriter>;
  readonly #operations = new Map<Stream, ReturnType<typeof operationsWriter>>();

  constructor(append: Append) {
    this.#append = append;
    this.#facts = factsWriter(bytes => append('history/facts.arrow', bytes));
  }

  fact(fact: Fact): void {
    this.#facts.write(fact);
  }
  batch(stream: Stream, batch: Batch): void {
    let writer = this.#operations.get(stream);
    if (!writer) {
      writer = operationsWriter(bytes => this.#append(`history/operations-${stream}.arrow`, bytes));
      this.#operations.set(stream, writer);
    }
    writer.write(batch);
  }
  stored(node: string, stream: Stream, stored: Stored): void {
    const writer = storedWriter(bytes => this.#append(`history/stored-${node}-${stream}.arrow`, bytes));
    writer.write(stored);
    writer.end();
  }
  end(): void {
    this.#facts.end();
    for (const writer of this.#operations.values()) writer.end();
  }
}
