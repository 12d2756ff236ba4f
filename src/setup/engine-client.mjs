import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { SetUpError } from './step.mjs';

export const DEFAULT_SOCKET = '/var/run/docker.sock';

/**
 * Where an engine listens. `options` are those of node:http.
 * @typedef {{ name: string, secure: boolean, options: import('node:https').RequestOptions }} Address
 */

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Address}
 */
export function engineAddress(env) {
  const name = env.DOCKER_HOST || `unix://${DEFAULT_SOCKET}`;
  if (name.startsWith('unix://')) {
    return { name, secure: false, options: { socketPath: name.slice('unix://'.length) } };
  }
  const url = URL.canParse(name) ? new URL(name) : undefined;
  if (!url || !['tcp:', 'http:', 'https:'].includes(url.protocol)) {
    throw new SetUpError(
      `Docker engine: expected DOCKER_HOST to be unix://PATH or tcp://HOST:PORT, found ${name}; an engine behind ` +
        'ssh is reached by: ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST & ' +
        'export DOCKER_HOST=unix:///tmp/docker.sock',
    );
  }
  const secure = url.protocol === 'https:' || Boolean(env.DOCKER_TLS_VERIFY);
  // An address in brackets is one of IPv6; node:http wants it without them.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (secure ? 2376 : 2375));
  return { name, secure, options: { host, port, ...(secure && certificates(env)) } };
}

/** @param {NodeJS.ProcessEnv} env */
function certificates(env) {
  const folder = env.DOCKER_CERT_PATH ?? join(env.HOME ?? '', '.docker');
  const read = (/** @type {string} */ file) => readFileSync(join(folder, file));
  try {
    return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
  } catch (cause) {
    throw new SetUpError(
      `Docker engine: DOCKER_HOST asks for TLS; expected ca.pem, cert.pem and key.pem in ${folder}, ` +
        `found ${/** @type {Error} */ (cause).message}; set DOCKER_CERT_PATH`,
      { cause },
    );
  }
}

/**
 * One request to the engine.
 *
 * @param {Address} address
 * @param {string} method
 * @param {string} path
 * @param {{
 *   signal: AbortSignal,
 *   answerMs: number,
 *   silenceMs?: number,
 *   send?: (request: import('node:http').ClientRequest) => Promise<void>,
 * }} options answerMs: from the last byte sent to the first of the answer; silenceMs: between two parts of it.
 *   `send` writes the body and ends the request, or returns early when the engine does not want it all.
 * @returns {Promise<{ status: number, body: string }>}
 */
export async function ask(address, method, path, { signal, answerMs, silenceMs = answerMs, send }) {
  const request = (address.secure ? https : http).request({
    ...address.options,
    method,
    path,
    agent: false,
    signal,
  });
  /** @type {Promise<import('node:http').IncomingMessage>} */
  const answered = new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays for good: a request that is destroyed later tells it here again.
    request.on('error', reject);
  });
  // Looked at below; it may fail while the body is still being sent.
  answered.catch(() => {});
  if (send) await send(request);
  else request.end();
  const watch = watchdog(request, `${address.name} did not answer ${method} ${path}`, answerMs);
  try {
    const answer = await answered;
    let body = '';
    answer.setEncoding('utf8');
    for await (const part of answer) {
      watch.again(silenceMs);
      body += part;
    }
    return { status: answer.statusCode ?? 0, body };
  } catch (error) {
    // A request that is destroyed in the middle of its answer says only that it was.
    throw watch.bitten() ?? error;
  } finally {
    watch.end();
  }
}

/**
 * Destroys the request when nothing came for so long.
 * @param {import('node:http').ClientRequest} request
 * @param {string} what
 * @param {number} ms
 */
function watchdog(request, what, ms) {
  /** @type {Error | undefined} */
  let late;
  const start = (/** @type {number} */ limit) =>
    setTimeout(() => {
      late = Object.assign(new Error(`${what} for ${limit / 1000} s`), { code: 'ETIMEDOUT' });
      request.destroy(late);
    }, limit);
  let timer = start(ms);
  return {
    again(/** @type {number} */ limit) {
      clearTimeout(timer);
      timer = start(limit);
    },
    bitten: () => late,
    end: () => clearTimeout(timer),
  };
}

/**
 * What an engine says when it refuses.
 * @param {string} body
 */
export function complaint(body) {
  try {
    return JSON.parse(body).message ?? body;
  } catch {
    return body.trim();
  }
}
