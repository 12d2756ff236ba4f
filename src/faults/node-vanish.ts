import { limits } from '../limits.ts';
import type { Fault } from '../model.ts';
import { until } from '../until.ts';

export default {
  about:
    'A lost cloud VM: every packet is dropped first, so that no neighbour sees a reset, then the machine is killed.',
  options: {},
  target: 'primary',
  async inject(_stack, [machine], _options, signal) {
    await using undo = new AsyncDisposableStack();
    // It may have died although the engine did not say so.
    undo.defer(() => machine.container.start());
    const cut = await machine.silence(signal);
    // The rules die with the machine: they are taken away only from one that lives.
    undo.defer(async () => {
      if (await machine.container.running()) await cut[Symbol.asyncDispose]();
    });
    // The rules and their counters die with the machine, so what they caught is read before.
    const caught = await until(
      `${machine.name} to lose packets`,
      async s => (await cut.hits(s)) || undefined,
      { withinMs: limits.askMs * 10, signal, next: 'is iptables at work in the machine?' },
    );
    await machine.container.kill();
    const cure = undo.move();
    return {
      bitten: async () =>
        (await machine.container.running())
          ? undefined
          : `${caught} packets of ${machine.name} were dropped before it was killed`,
      healed: async () => ((await machine.container.running()) ? `${machine.name} runs` : undefined),
      [Symbol.asyncDispose]: () => cure.disposeAsync(),
    };
  },
} satisfies Fault;
