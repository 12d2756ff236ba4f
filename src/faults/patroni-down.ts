import { limits } from '../limits.ts';
import type { Fault } from '../model.ts';

export default {
  about:
    'Kills Patroni (SIGKILL) and holds it down; PostgreSQL lives on as a writable primary that nobody watches.',
  options: {},
  target: 'primary',
  async inject(_stack, [machine], _options, signal) {
    const patroni = machine.daemon('patroni');
    const before = await patroni.pid(signal);
    // Whatever breaks off half-way, nothing stays held.
    await using undo = new AsyncDisposableStack();
    undo.defer(() => patroni.start(AbortSignal.timeout(limits.execMs)));
    await patroni.hold(signal);
    await patroni.send('KILL', signal);
    const cure = undo.move();
    return {
      async bitten(s) {
        if (before === undefined) return undefined;
        return (await patroni.pid(s)) === undefined
          ? `patroni (${before}) was killed and is held down`
          : undefined;
      },
      async healed(s) {
        const pid = await patroni.pid(s);
        return pid === undefined ? undefined : `patroni runs as ${pid}`;
      },
      [Symbol.asyncDispose]: () => cure.disposeAsync(),
    };
  },
} satisfies Fault;
