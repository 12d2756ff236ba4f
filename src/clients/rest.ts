import { request } from 'node:http';
import { limits } from '../limits.ts';

/** One question to a Patroni's REST API, from the observers' address. */
export function ask(
  address: string,
  path: string,
  from: string,
  signal: AbortSignal,
  patch?: unknown,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((done, fail) => {
    const sent = request(
      {
        host: address,
        port: 8008,
        path,
        localAddress: from,
        method: patch ? 'PATCH' : 'GET',
        timeout: limits.askMs,
        signal,
        agent: false,
      },
      answer => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', chunk => {
          text += chunk;
        });
        answer.on('end', () => done({ status: answer.statusCode ?? 0, body: text }));
        answer.on('error', fail);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer in ${limits.askMs} ms`)));
    sent.on('error', fail);
    sent.end(patch ? JSON.stringify(patch) : undefined);
  });
}
