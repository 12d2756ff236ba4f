import { Readable } from 'node:stream';
import type { Container as EngineContainer } from 'dockerode';
import { pack } from 'tar-stream';
import { limits } from '../limits.ts';
import type { Container, Cut, Daemon, Host, Machine } from '../model.ts';
import { isGone } from './engine.ts';
import { exec } from './exec.ts';

/** PID 1 of a machine waits as long as this file is there (compose/machine/sbin/machine). */
const hold = '/etc/machine.hold';

/** A running machine, as faults and observers see it. */
export function host(machine: Machine, engineContainer: EngineContainer): Host {
  const run = (argv: readonly string[], signal: AbortSignal) =>
    exec(engineContainer, machine.name, argv, signal);
  return {
    ...machine,
    exec: run,
    daemon: name => daemon(name, run),
    container: container(engineContainer, machine.name),
    silence: signal => silence(run, signal),
  };
}

type Run = (argv: readonly string[], signal: AbortSignal) => Promise<string>;

/** runit with systemd's semantics: see sv(8). */
function daemon(name: string, run: Run): Daemon {
  return {
    async stop(signal) {
      // `sv down` asks; the machine itself sees to it that 30 s later nothing asks any more.
      await run(
        ['sh', '-c', `sv d ${name} && (sv -w ${limits.daemonStopS} force-stop ${name} >/dev/null 2>&1 &)`],
        signal,
      );
    },
    async start(signal) {
      await run(['sv', 'u', name], signal);
    },
    async hold(signal) {
      await run(['sv', 'o', name], signal);
    },
    async send(what, signal) {
      // Straight to the process: runit knows no SIGSTOP of its own that would not stop its own children's log as well.
      await run(['sh', '-c', `kill -${what} $(cat /etc/service/${name}/supervise/pid)`], signal);
    },
    async pid(signal) {
      const pid = (await run(['cat', `/etc/service/${name}/supervise/pid`], signal)).trim();
      return pid ? Number(pid) : undefined;
    },
  };
}

function container(engineContainer: EngineContainer, name: string): Container {
  const running = async () => (await engineContainer.inspect()).State.Running;
  return {
    running,
    async kill() {
      await engineContainer.kill({ signal: 'SIGKILL' });
    },
    async start({ held } = { held: false }) {
      if (await running()) {
        if (!held) await exec(engineContainer, name, ['rm', '-f', hold], AbortSignal.timeout(limits.execMs));
        return;
      }
      if (held) {
        const archive = pack();
        archive.entry({ name: hold.slice(1) }, '');
        archive.finalize();
        await engineContainer.putArchive(Readable.from(archive), { path: '/' });
      }
      try {
        await engineContainer.start();
      } catch (error) {
        if (!isGone(error)) throw error; // 304: it runs already
      }
    },
  };
}

/**
 * Silence, not refusal: a rule before all others drops every packet in both directions, loopback excepted, since a
 * machine that is cut off still reaches itself.
 */
async function silence(run: Run, signal: AbortSignal): Promise<Cut> {
  const rules = [
    ['INPUT', '!', '-i', 'lo'],
    ['OUTPUT', '!', '-o', 'lo'],
  ];
  const change = (action: '-I' | '-D', s: AbortSignal) =>
    run(
      [
        'sh',
        '-c',
        rules
          .map(([chain, ...match]) => `iptables -w ${action} ${chain} ${match.join(' ')} -j DROP`)
          .join(' && '),
      ],
      s,
    );
  try {
    await change('-I', signal);
  } catch (error) {
    // One of the rules may be in force. What is not there cannot be taken away, and the first error is the one to tell.
    await lift(run, rules).catch(() => {});
    throw error;
  }
  return {
    async hits(s) {
      // Columns: packets bytes target ...; one line for each of the two rules.
      const listing = await run(['sh', '-c', 'iptables -w -nvxL INPUT 1; iptables -w -nvxL OUTPUT 1'], s);
      return listing
        .split('\n')
        .map(line => Number(/^\s*(\d+)\s/.exec(line)?.[1] ?? 0))
        .reduce((a, b) => a + b, 0);
    },
    async [Symbol.asyncDispose]() {
      await change('-D', AbortSignal.timeout(limits.execMs));
    },
  };
}

/** Takes away those of the rules that there are. */
async function lift(run: Run, rules: readonly (readonly string[])[]): Promise<void> {
  const each = rules.map(([chain, ...match]) => `iptables -w -D ${chain} ${match.join(' ')} -j DROP || true`);
  await run(['sh', '-c', each.join('; ')], AbortSignal.timeout(limits.execMs));
}
