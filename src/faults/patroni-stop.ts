import { limits } from '../limits.ts';
import type { Fault } from '../model.ts';

export default {
  about: 'Stops Patroni as systemd would (SIGTERM, 30 s, SIGKILL); the machine and its neighbours live on.',
  options: {},
  target: 'primary',
  async inject(_stack, [machine], _options, signal) {
    const patroni = machine.daemon('patroni');
    const before = await patroni.pid(signal);
    // The order may have arrived although its answer did not.
    await using undo = new AsyncDisposableStack();
    undo.defer(() => patroni.start(AbortSignal.timeout(limits.execMs)));
    await patroni.stop(signal);
    const cure = undo.move();
    return {
      async bitten(s) {
        if (before === undefined) return undefined; // nothing was there to be stopped
        return (await patroni.pid(s)) === undefined ? `patroni (${before}) has ended` : undefined;
      },
      async healed(s) {
        const pid = await patroni.pid(s);
        return pid === undefined ? undefined : `patroni runs as ${pid}`;
      },
      [Symbol.asyncDispose]: () => cure.disposeAsync(),
    };
  },
} satisfies Fault;
