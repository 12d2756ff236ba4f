import { Writable } from 'node:stream';
import type { Container } from 'dockerode';
import { limits } from '../limits.ts';
import { engine } from './engine.ts';

/**
 * Runs a command in a container, as root unless `user` says otherwise.
 * @returns its standard output
 * @throws when it ends with another status than 0, with its standard error; or when it takes longer than limits.execMs
 */
export async function exec(
  container: Container,
  name: string,
  argv: readonly string[],
  signal: AbortSignal,
  user = 'root',
): Promise<string> {
  signal.throwIfAborted();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limits.execMs)]);
  const doing = `running \`${argv.join(' ').slice(0, 200)}\` in ${name}`;
  const command = await container.exec({
    Cmd: [...argv],
    User: user,
    AttachStdout: true,
    AttachStderr: true,
    abortSignal: limit,
  });
  const stream = await command.start({ hijack: true, stdin: false, abortSignal: limit });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  engine.modem.demuxStream(stream, into(out), into(err));
  await new Promise<void>((resolve, reject) => {
    const late = () => {
      stream.destroy();
      reject(new Error(`${doing}: no end within ${limits.execMs} ms`, { cause: limit.reason }));
    };
    limit.addEventListener('abort', late, { once: true });
    const done = () => {
      limit.removeEventListener('abort', late);
      resolve();
    };
    stream.on('end', done).on('close', done);
    stream.on('error', reject);
  });
  const { ExitCode } = await command.inspect({ abortSignal: signal });
  if (ExitCode !== 0)
    throw new Error(
      `${doing}: expected status 0, found ${ExitCode}: ${Buffer.concat(err).toString().trim()}`,
    );
  return Buffer.concat(out).toString();
}

function into(chunks: Buffer[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
}
