/**
 * What the drill says to the desk: a stream of frames, each "append these bytes to the file of this name".
 * The name `@` carries an event of the drill as JSON instead.
 *
 *     u32 length of the payload | u8 length of the name | name | payload        (big-endian)
 *
 * A stream that is cut loses its last frame at most, and the files on the desk's disk stay readable.
 */
export interface Frame {
  readonly name: string;
  readonly payload: Buffer;
}
export const eventName = '@';
const headerBytes = 5;

export function encode(name: string, payload: Uint8Array): Buffer {
  const nameBytes = Buffer.from(name);
  const frame = Buffer.allocUnsafe(headerBytes + nameBytes.length + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.writeUInt8(nameBytes.length, 4);
  nameBytes.copy(frame, headerBytes);
  frame.set(payload, headerBytes + nameBytes.length);
  return frame;
}

/** Takes bytes as they come, and gives the frames that are complete. */
export class Decoder {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws when a name points out of the drill's folder: what a container says is not trusted with the desk's disk. */
  push(chunk: Buffer): Frame[] {
    this.#rest = this.#rest.length ? Buffer.concat([this.#rest, chunk]) : chunk;
    const frames: Frame[] = [];
    let at = 0;
    while (this.#rest.length - at >= headerBytes) {
      const start = at + headerBytes + this.#rest.readUInt8(at + 4);
      const end = start + this.#rest.readUInt32BE(at);
      if (this.#rest.length < end) break;
      const name = this.#rest.toString('utf8', at + headerBytes, start);
      if (name !== eventName && !/^(history|logs)\/\w[\w.-]*$/.test(name))
        throw new Error(`reading what the drill sent: expected a file of history/ or logs/, found '${name}'`);
      frames.push({ name, payload: this.#rest.subarray(start, end) });
      at = end;
    }
    this.#rest = this.#rest.subarray(at);
    return frames;
  }
}
