import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export type Manner = 'silent' | 'closing' | 'resetting' | 'babbling';

/** A listener with no PostgreSQL behind it. `attempts`: what was accepted so far. */
export interface Planted extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly attempts: readonly { readonly atMs: number; readonly from: string }[];
  readonly open: number;
  [Symbol.asyncDispose](): Promise<void>;
}

const answer: Readonly<Record<Manner, (socket: Socket) => void>> = {
  silent: () => {},
  closing: socket => socket.end(),
  resetting: socket => socket.resetAndDestroy(),
  // A row of no columns, which nobody asked for.
  babbling: socket => socket.write(Buffer.from([0x44, 0, 0, 0, 6, 0, 0])),
};

export async function plant(manner: Manner): Promise<Planted> {
  const sockets = new Set<Socket>();
  const attempts: { atMs: number; from: string }[] = [];
  const server = createServer(socket => {
    attempts.push({ atMs: performance.now(), from: socket.remoteAddress ?? '' });
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.once('close', () => sockets.delete(socket));
    answer[manner](socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    attempts,
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port where nobody listens. */
export async function refusing(): Promise<{ host: string; port: number }> {
  await using planted = await plant('silent');
  return { host: planted.host, port: planted.port };
}
