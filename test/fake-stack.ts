import type { Container, Cut, Daemon, Host, Role, Stack, Target } from '../src/model.ts';

/** What a fake machine is: a fault changes it, and a test looks at it. */
export interface Condition {
  running: boolean;
  /** Only PID 1 runs, so that the disk can be read. */
  onHold: boolean;
  silenced: boolean;
  /** Patroni's process, while there is one. */
  patroni: number | undefined;
  /** Patroni is not restarted when it ends. */
  held: boolean;
  postmaster: number | undefined;
}
export interface FakeHost extends Host {
  readonly is: Condition;
  /** What was called, in order: `patroni hold`, `container kill`, `exec kill -KILL 200`. */
  readonly calls: string[];
  /** The call that throws. `late`: after it has taken effect, as when an answer is lost. */
  breaks: { readonly call: string; readonly late: boolean } | undefined;
}

/** A machine without a container, which behaves as compose/machine does: what dies is started again unless it is held. */
export function fakeHost(name: string, roles: readonly Role[] = ['pg']): FakeHost {
  const is: Condition = {
    running: true,
    onHold: false,
    silenced: false,
    patroni: 100,
    held: false,
    postmaster: 200,
  };
  const calls: string[] = [];
  let next = 300;
  const self = { name, address: `198.18.0.${name.length}`, roles, layers: [] };

  const does = async <T>(call: string, effect: () => T): Promise<T> => {
    calls.push(call);
    const { breaks } = host;
    if (breaks?.call === call && !breaks.late) throw new Error(`${call} broke`);
    const answer = effect();
    if (breaks?.call === call) throw new Error(`${call} broke`);
    return answer;
  };
  const dies = () => {
    is.patroni = is.held ? undefined : next++;
  };
  const daemon: Daemon = {
    stop: () =>
      does('patroni stop', () => {
        is.held = true;
        dies();
      }),
    start: () =>
      does('patroni start', () => {
        is.held = false;
        is.patroni ??= next++;
      }),
    hold: () =>
      does('patroni hold', () => {
        is.held = true;
      }),
    send: signal =>
      does(`patroni send ${signal}`, () => {
        if (signal === 'KILL') dies();
      }),
    pid: () => does('patroni pid', () => is.patroni),
  };
  const container: Container = {
    kill: () =>
      does('container kill', () => {
        is.running = false;
        is.silenced = false; // its network namespace is gone, and the rules with it
      }),
    start: ({ held } = { held: false }) =>
      does(held ? 'container start on hold' : 'container start', () => {
        is.onHold = held && (!is.running || is.onHold);
        is.running = true;
      }),
    running: () => does('container running', () => is.running),
  };
  const cut: Cut = {
    hits: () => does('cut hits', () => (is.silenced ? 7 : 0)),
    [Symbol.asyncDispose]: () =>
      does('cut cure', () => {
        if (!is.running) throw new Error('the machine does not run');
        if (!is.silenced) throw new Error('iptables: there is no such rule'); // it died with the machine
        is.silenced = false;
      }),
  };
  const host: FakeHost = {
    ...self,
    is,
    calls,
    breaks: undefined,
    container,
    daemon: () => daemon,
    exec: argv => does(`exec ${argv.join(' ')}`, () => shell(argv, is)),
    silence: () =>
      does('silence', () => {
        is.silenced = true;
        return cut;
      }).catch(error => {
        is.silenced = false; // as the port promises
        throw error;
      }),
  };
  return host;
}

/** The few commands that faults give, of which the postmaster is the subject. */
function shell(argv: readonly string[], is: Condition): string {
  const line = argv.join(' ');
  if (line.includes('postmaster.pid')) return is.postmaster === undefined ? '' : `${is.postmaster}\n`;
  if (line.startsWith('kill -KILL ')) {
    if (line !== `kill -KILL ${is.postmaster}`) throw new Error(`${line}: no such process`);
    is.postmaster = undefined;
    return '';
  }
  const asked = /kill -0 (\d+)/.exec(line)?.[1];
  if (asked) return Number(asked) === is.postmaster ? 'runs\n' : 'gone\n';
  throw new Error(`a fake machine was told \`${line}\``);
}

export interface FakeStack extends Stack, AsyncDisposable {
  /** Who is found as whom, now; a machine's own name is always found. */
  leads: Partial<Record<Extract<Target, string>, FakeHost>>;
  readonly hosts: readonly FakeHost[];
}

export function fakeStack(hosts: readonly FakeHost[], note: (what: string) => void): FakeStack {
  const stack: FakeStack = {
    hosts,
    leads: {},
    route: { kind: 'address', host: '198.18.0.9', port: 5432 },
    having: role => hosts.filter(host => host.roles.includes(role)),
    async resolve(target) {
      const found =
        typeof target === 'string' ? stack.leads[target] : hosts.find(h => h.name === target.node);
      if (!found) throw new Error('nobody to strike');
      note(`resolved ${found.name}`);
      return [found];
    },
    cpuShare: async () => 0.5,
    async [Symbol.asyncDispose]() {
      note('stack disposed');
    },
  };
  return stack;
}
