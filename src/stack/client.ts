import { PassThrough, type Readable } from 'node:stream';
import { engine, socketPath } from './engine.ts';

export interface Client {
  readonly id: string;
  /** Its end is the drill's end. */
  readonly input: NodeJS.WritableStream;
  readonly output: Readable;
  readonly errors: Readable;
  /** The status with which the drill ended. */
  readonly ended: Promise<number>;
}
export interface ClientOptions {
  readonly name: string;
  readonly image: string;
  readonly network: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Starts the drill in its client container and holds its standard input: when the desk dies, that ends, and the drill with it. */
export async function startClient({ name, image, network, address, labels }: ClientOptions): Promise<Client> {
  const container = await engine.createContainer({
    name,
    Image: image,
    Cmd: ['node', '/drill/src/drill.ts'],
    Labels: { ...labels },
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: network,
      AutoRemove: true,
      // For the second address, from which the observers leave.
      CapAdd: ['NET_ADMIN'],
      Binds: [`${socketPath}:${socketPath}`],
      // What it says is binary and comes to us: the engine need not keep it.
      LogConfig: { Type: 'none', Config: {} },
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } },
  });
  const stream = await container.attach({
    stream: true,
    stdin: true,
    stdout: true,
    stderr: true,
    hijack: true,
  });
  const output = new PassThrough();
  const errors = new PassThrough();
  engine.modem.demuxStream(stream, output, errors);
  const ended = container
    .wait({ condition: 'next-exit' })
    .then(({ StatusCode }: { StatusCode: number }) => StatusCode);
  stream.on('end', () => {
    output.end();
    errors.end();
  });
  stream.on('error', () => output.end());
  await container.start();
  return { id: container.id, input: stream, output, errors, ended };
}
