import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Blueprint, blueprint, observerAddress } from './blueprint.ts';
import { load } from './catalog.ts';
import { limits } from './limits.ts';
import { Live } from './measure/live.ts';
import { measure } from './measure/measure.ts';
import { Recording } from './measure/recording.ts';
import type { Fact, Host, Login, Stack } from './model.ts';
import type { DrillEvent, Orders } from './protocol.ts';
import { random } from './random.ts';
import { type Planned, run } from './run.ts';
import { addAddress } from './stack/address.ts';
import { follow, type MachineEvent } from './stack/follow.ts';
import { label } from './stack/labels.ts';
import { allStreaming, createTables, firstWrite, settle } from './stack/prepare.ts';
import { raise } from './stack/raise.ts';
import { removeNetwork } from './stack/sweep.ts';
import { versions } from './stack/versions.ts';

export interface Outlet {
  append(file: string, bytes: Uint8Array): void;
  say(event: DrillEvent): void;
}

/** Conducts one drill inside its own network: raises the stack, runs it, records, and takes all of it away again. */
export async function conduct(
  { drill, ground, keep, command }: Orders,
  { append, say }: Outlet,
  signal: AbortSignal,
): Promise<void> {
  const { scenario } = drill;
  const zeroNs = startOf(command);
  const nowMs = () => Number(process.hrtime.bigint() - zeroNs) / 1e6;
  const from = observerAddress(ground.prefix);
  const recording = new Recording(append);
  const live = new Live();
  const tell = (fact: Omit<Fact, 'source'>, source = 'run') => {
    const whole = { source, ...fact };
    live.fact(whole);
    recording.fact(whole);
  };
  const ready = (value: string, sinceMs = nowMs()) =>
    tell({ subject: 'drill', key: 'ready', value, fromMs: sinceMs, toMs: nowMs() });
  ready('drill begun');

  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const [strategy, app] = await Promise.all([
    load('strategies', scenario.strategy, scenario.strategyOptions),
    load('apps', scenario.app),
    addAddress(from),
  ]);
  const plan = blueprint(scenario, ground.prefix, strategy, app);
  const secrets = { superuser: secret(), replication: secret(), rewind: secret(), app: secret() };
  const logins = {
    superuser: { user: 'postgres', password: secrets.superuser, database: 'postgres' },
    app: { user: 'shop', password: secrets.app, database: 'postgres' },
  };
  const hide = hider(Object.values(secrets));
  const following = new AbortController();
  const seen = (machine: string, event: MachineEvent) => heard(machine, event, { append, tell, nowMs, hide });
  let phase = 'starting';
  const ticking = setInterval(() => {
    const primary = live.primaries(plan.machines.map(m => m.name)).join(' and ') || 'nobody';
    say({ kind: 'progress', phase, elapsedS: nowMs() / 1000, writesPerS: live.writesPerS(nowMs()), primary });
  }, 500);

  const raised = async (s: AbortSignal): Promise<Stack & AsyncDisposable> => {
    await follow(ground.labels[label.drill]!, seen, following.signal);
    const raising = raise(plan, scenario, { ...ground, from }, secrets, readyToWrite, s);
    const [stack] = await Promise.all([raising, recording.open()]);
    try {
      await allStreaming(stack, logins, scenario.patroni.mode, from, s);
      ready('all replicas streaming');
      const [found] = await Promise.all([versions(stack, s), settle(stack, scenario, from, s)]);
      say({ kind: 'versions', versions: found });
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
    const leave = async () => {
      following.abort(); // the ends of the machines are ours now, and no facts
      // Kept on purpose, unless the drill was broken off.
      if (keep && !either.aborted) await letIn(stack, logins.app);
      else await stack[Symbol.asyncDispose]();
    };
    return { ...stack, [Symbol.asyncDispose]: leave };
  };
  const readyToWrite = async (leader: Host, stack: Stack, s: AbortSignal) => {
    ready('leader elected');
    await createTables(leader, logins, scenario.data.rows, from, s);
    ready('tables created');
    const databases = plan.machines.filter(m => m.roles.includes('pg')).map(m => m.name);
    await strategy.entry.hasten?.(stack, leader, databases, s);
    await firstWrite(stack, logins.app, s);
    ready('first acknowledged write');
  };

  try {
    await run(
      drill,
      await plannedOf(drill),
      {
        raise: raised,
        measure: async stack =>
          measure({
            drill,
            stack,
            recording,
            live,
            observers: plan.observers,
            workloads: app.entry.workloads,
            logins,
            from,
            zeroNs,
            nowMs,
            tell,
            broken: error => failure.abort(error),
          }),
        tell,
        nowMs,
        phase: what => {
          phase = what;
        },
      },
      either,
    );
    if (keep) say({ kind: 'kept', connect: howToConnect(ground.name, plan, logins.app) });
  } catch (error) {
    const atMs = nowMs();
    tell({
      subject: 'drill',
      key: 'mark',
      value: `stopped: ${(error as Error).message}`,
      fromMs: atMs,
      toMs: atMs,
    });
    throw failure.signal.aborted ? failure.signal.reason : error;
  } finally {
    clearInterval(ticking);
    following.abort();
    await recording.end();
    if (!keep || either.aborted) await removeNetwork(ground.network);
  }
}

/** The command's own start when it was given on this kernel's clock, so that start-up counts from there; else now. */
function startOf({ ns, boot }: Orders['command']): bigint {
  const here = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return here === boot ? BigInt(ns) : process.hrtime.bigint();
}

async function plannedOf(drill: Orders['drill']): Promise<Planned[]> {
  const next = random(drill.seed);
  return Promise.all(
    drill.scenario.timeline.map(async step => {
      const phaseS = next() * drill.scenario.patroni.loopWaitS;
      const { entry, options } = await load('faults', step.fault, step.options);
      return { step, fault: entry, options, phaseS };
    }),
  );
}

interface Hearing {
  append(file: string, bytes: Uint8Array): void;
  tell(fact: Omit<Fact, 'source'>, source: string): void;
  nowMs(): number;
  hide(text: string): string;
}

/** A machine's lines go to its log on the drill's clock; what they say of daemons, and the container's own ends, are facts. */
function heard(machine: string, event: MachineEvent, { append, tell, nowMs, hide }: Hearing): void {
  const atMs = nowMs();
  const text = event.kind === 'line' ? hide(event.text) : `machine| container ${event.kind}`;
  append(`logs/${machine}.log`, Buffer.from(`${(atMs / 1000).toFixed(3).padStart(9)} ${text}\n`));
  const at = { subject: machine, fromMs: atMs, toMs: atMs };
  if (event.kind !== 'line') tell({ ...at, key: 'container', value: event.kind }, 'engine');
  const daemon = /^\w+\| daemon (\w+ (?:up \d+|exit -?\d+|signal \d+))$/.exec(
    event.kind === 'line' ? event.text : '',
  );
  if (daemon) tell({ ...at, key: 'daemon', value: daemon[1]! }, 'supervisor');
}

const secret = () => randomBytes(18).toString('base64url');

/** PostgreSQL quotes a failing statement in its log, and a role's statement holds its password. */
const hider = (secrets: readonly string[]) => (text: string) =>
  secrets.reduce((shown, word) => (shown.includes(word) ? shown.replaceAll(word, '********') : shown), text);

/** psql finds the application's password on the database machines, so that it need not be shown. */
async function letIn(stack: Stack, { user, password }: Login): Promise<void> {
  const limit = AbortSignal.timeout(limits.execMs);
  const put = ['sh', '-c', `umask 077; echo '*:*:*:${user}:${password}' > /root/.pgpass`];
  await Promise.all(stack.having('pg').map(host => host.exec(put, limit)));
}

function howToConnect(name: string, { route, machines }: Blueprint, login: Login): readonly string[] {
  const pg = machines.find(machine => machine.roles.includes('pg'))!.name;
  return [
    'kept; to look at it:',
    `docker exec -it ${name}-${pg} psql -h ${route.host} -p ${route.port} -U ${login.user} ${login.database}`,
    `docker exec -it -u postgres ${name}-${pg} patronictl list`,
    'npm run drill -- clean    # removes it',
  ];
}
