import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http, { type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const setUp = (file: string) => new URL(`../../src/setup/${file}`, import.meta.url);
const { startDaemon } = await import(setUp('dockerd.mjs').href);
const { ask, engineAddress } = await import(setUp('engine-client.mjs').href);
const { isDebian } = await import(setUp('apt.mjs').href);
const { ensureBaseImage } = await import(setUp('base-image.mjs').href);
const signal = new AbortController().signal;
const IMAGE = '/images/debian:trixie-slim/json';

let folder: string;
let socket: string;
let server: http.Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'set-up-engine-'));
  socket = join(folder, 'docker.sock');
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise(done => (server ? server.close(done) : done(undefined)));
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function engine(listener: RequestListener) {
  server = http.createServer(listener);
  await new Promise<void>(done => server!.listen(socket, done));
}

/** The command itself, as `npm run` calls it. */
async function main(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [fileURLToPath(setUp('main.mjs')), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (printed += chunk));
  const code = await new Promise<number | null>(done => child.once('close', done));
  return { code, printed };
}

describe('the command', () => {
  test('is silent when nothing is missing', async () => {
    const asked: string[] = [];
    await engine((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end('OK');
    });
    expect(await main({ DOCKER_HOST: `unix://${socket}` })).toEqual({ code: 0, printed: '' });
    expect(asked).toEqual(['GET /_ping', `GET ${IMAGE}`]);
  });
  test('needs no engine for the packages alone', async () => {
    expect(await main({ DOCKER_HOST: `unix://${socket}` }, 'packages')).toEqual({ code: 0, printed: '' });
  });
  test('ends with 3 and the name of an engine that does not answer, and puts none in its place', async () => {
    const { code, printed } = await main({ DOCKER_HOST: `unix://${socket}` });
    expect(code).toBe(3);
    expect(printed).toMatch(
      /^set-up: Docker engine: expected an answer from unix:.*DOCKER_HOST.*ENOENT.*unset/,
    );
    expect(printed).not.toContain('apt-get');
  });
  test('ends with 3 when what answers is not well', async () => {
    await engine((_, response) => response.writeHead(500).end('{"message":"disk full"}'));
    const { code, printed } = await main({ DOCKER_HOST: `unix://${socket}` });
    expect(code).toBe(3);
    expect(printed).toContain('expected 200, found 500 disk full');
  });
  test('ends with 3 for an argument that it does not know', async () => {
    const { code, printed } = await main({}, 'package');
    expect(code).toBe(3);
    expect(printed).toContain('found package');
  });
});

describe('base image', () => {
  test('is pulled when it is missing, and an engine that already has it is asked nothing else', async () => {
    let pulled = 0;
    await engine((request, response) => {
      if (request.method === 'POST') pulled++;
      response.writeHead(request.method === 'GET' && !pulled ? 404 : 200).end('{"status":"Pulling"}\n');
    });
    const address = engineAddress({ DOCKER_HOST: `unix://${socket}` });
    await ensureBaseImage(address, signal);
    expect(pulled).toBe(1);
    await ensureBaseImage(address, signal);
    expect(pulled).toBe(1);
  });
});

describe('engineAddress', () => {
  test.each([
    [{}, { socketPath: '/var/run/docker.sock' }],
    [{ DOCKER_HOST: 'unix:///a/b.sock' }, { socketPath: '/a/b.sock' }],
    [{ DOCKER_HOST: 'tcp://far:1234' }, { host: 'far', port: 1234 }],
    [{ DOCKER_HOST: 'tcp://[::1]' }, { host: '::1', port: 2375 }],
  ])('%o', (env, options) => expect(engineAddress(env).options).toEqual(options));

  test('says how to reach an engine behind ssh', () => {
    expect(() => engineAddress({ DOCKER_HOST: 'ssh://far' })).toThrow(/found ssh:\/\/far.*ssh -nNT -L/);
  });
  test('says which certificates are missing', () => {
    const env = { DOCKER_HOST: 'tcp://far:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nowhere' };
    expect(() => engineAddress(env)).toThrow(/ca\.pem.*in \/nowhere, found ENOENT/);
  });
});

test('a request that is not answered ends at its limit', async () => {
  await engine(() => {});
  const asking = ask(engineAddress({ DOCKER_HOST: `unix://${socket}` }), 'GET', '/x', {
    signal,
    answerMs: 60,
  });
  await expect(asking).rejects.toThrow(/did not answer GET \/x for 0.06 s/);
});
test('an answer that stops in the middle ends at its limit', async () => {
  await engine((_, response) => void response.write('{'));
  const address = engineAddress({ DOCKER_HOST: `unix://${socket}` });
  const asking = ask(address, 'GET', '/x', { signal, answerMs: 5_000, silenceMs: 60 });
  await expect(asking).rejects.toThrow(/0.06 s/);
});

describe('startDaemon', () => {
  const paths = () => ({ log: join(folder, 'log'), pidFile: join(folder, 'pid') });
  const script = (text: string) => {
    const dockerd = join(folder, 'dockerd');
    writeFileSync(dockerd, `#!${process.execPath}\n${text}`, { mode: 0o755 });
    return dockerd;
  };

  test('starts it in a session of its own and waits until it answers', async () => {
    const dockerd = script(
      `require('node:http').createServer((_, r) => r.end('OK')).listen(process.argv[2])`,
    );
    const address = engineAddress({ DOCKER_HOST: `unix://${socket}` });
    const isUp = () =>
      ask(address, 'GET', '/_ping', { signal, answerMs: 1_000 }).then(
        () => true,
        () => false,
      );
    await startDaemon({ args: [socket], isUp, signal, dockerd, ...paths() });
    expect(await isUp()).toBe(true);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    // It leads a process group, so that a Ctrl-C in the terminal does not reach it; else this throws.
    process.kill(-pid, 'SIGKILL');
  });

  test('shows the last lines of one that ends, and leaves no pid file', async () => {
    const dockerd = script(`console.error('no such storage driver'); process.exit(1)`);
    const starting = startDaemon({ args: [], isUp: async () => false, signal, dockerd, ...paths() });
    await expect(starting).rejects.toThrow(/it ended \(exit 1\).*\n {2}\| no such storage driver/);
    expect(existsSync(join(folder, 'pid'))).toBe(false);
  });
});

test.each([
  ['ID=debian\nVERSION_ID="12"', true],
  ['NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"', true],
  ['ID="fedora"\nVARIANT_ID=workstation', false],
  ['', false],
])('isDebian %j', (text, expected) => expect(isDebian(text)).toBe(expected));
