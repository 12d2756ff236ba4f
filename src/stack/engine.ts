import Docker from 'dockerode';
import { limits } from '../limits.ts';

/** The engine that DOCKER_HOST names, else the one on /var/run/docker.sock. */
export const engine = new Docker();

/** The socket that a container of the same engine mounts to speak with it. */
export const socketPath = '/var/run/docker.sock';

/** Its architecture in npm's words (x64, arm64). Throws when no engine answers. */
export async function architecture(): Promise<string> {
  const version = await answered();
  return version.Arch === 'amd64' ? 'x64' : version.Arch;
}

/** @throws with what to do when no engine answers within the limit. */
async function answered() {
  const late = AbortSignal.timeout(limits.enginePingMs);
  try {
    return await Promise.race([
      engine.version(),
      new Promise<never>((_, reject) =>
        late.addEventListener('abort', () => reject(new Error(`no answer in ${limits.enginePingMs} ms`))),
      ),
    ]);
  } catch (cause) {
    const where = process.env.DOCKER_HOST ?? socketPath;
    throw new Error(
      `asking the Docker engine at ${where} for its version: expected an answer, found ${(cause as Error).message}; start it (npm run scenario installs and starts one on Debian as root) or set DOCKER_HOST`,
      { cause },
    );
  }
}
/** True for the engine's "no such ..." and "already gone" answers, which a removal welcomes. */
export function isGone(error: unknown): boolean {
  const { statusCode } = error as { statusCode?: number };
  return statusCode === 404 || statusCode === 304 || statusCode === 409;
}
