import { randomBytes } from 'node:crypto';
import type { ConnectOptions } from '../../src/clients/sql.ts';
import { connect } from '../../src/clients/sql.ts';
import type { Login } from '../../src/model.ts';
import { engine } from '../../src/stack/engine.ts';
import { chainKey, ensureImages } from '../../src/stack/images.ts';
import { label, ownerOf } from '../../src/stack/labels.ts';
import { createNetwork, networkLabels } from '../../src/stack/network.ts';
import { sweepDrill } from '../../src/stack/sweep.ts';
import { until } from '../../src/until.ts';

const chain = ['machine', 'postgres'];

export interface Server extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** A superuser's. */
  readonly login: Login;
}

/** One PostgreSQL without Patroni on a network of its own, as the drills' machines have it. Disposing of it removes both. */
export async function startServer(signal: AbortSignal): Promise<Server> {
  const name = `failover-drill-${randomBytes(4).toString('hex')}`;
  const login = { user: 'postgres', password: randomBytes(9).toString('base64url'), database: 'postgres' };
  const labels = networkLabels(name, ownerOf(process.pid), false);
  const images = await ensureImages([chain], () => {}, signal);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => sweepDrill(name));
  const network = await createNetwork(name, labels);
  const host = `${network.prefix}.20`;
  const container = await engine.createContainer({
    name: `${name}-pg1`,
    Image: images.get(chainKey(chain))!,
    Labels: { ...labels, [label.machine]: 'pg1' },
    Env: [`SECRET=${login.password}`],
    Cmd: ['su', 'postgres', '-s', '/bin/sh', '-c', script],
    HostConfig: { NetworkMode: network.id },
    NetworkingConfig: { EndpointsConfig: { [network.id]: { IPAMConfig: { IPv4Address: host } } } },
  });
  await container.start();
  const options: ConnectOptions = { host, port: 5432, login, connectMs: 500, answerMs: 2_000 };
  await until(
    `PostgreSQL on ${host} to answer`,
    async s => {
      await using client = await connect(options, s);
      return await client.ask('SELECT 1');
    },
    { withinMs: 30_000, signal, next: `see docker logs ${name}-pg1` },
  );
  const running = undo.move();
  return { host, port: 5432, login, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

const script = `
set -e
echo "$SECRET" > /tmp/secret
initdb -A scram-sha-256 --pwfile=/tmp/secret -D "$PGDATA"
echo 'host all all samenet scram-sha-256' >> "$PGDATA/pg_hba.conf"
exec postgres -D "$PGDATA" -c 'listen_addresses=*' -c max_connections=300`;
