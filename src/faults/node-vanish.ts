import { limits } from '../limits.ts';
import type { Fault } from '../model.ts';
import { until } from '../until.ts';

export default {
  about:
    'A lost cloud VM: every packet is dropped first, so that no neighbour sees a reset, then the machine is killed.',
  options: {},
  target: 'primary',
  async inject(_stack, [machine], _options, signal) {
    const cut = await machine.silence(signal);
    let caught: number;
    try {
      // The rules and their counters die with the machine, so what they caught is read before.
      caught = await until(`${machine.name} to lose packets`, async s => (await cut.hits(s)) || undefined, {
        withinMs: limits.askMs * 10,
        signal,
        next: 'is iptables at work in the machine?',
      });
      await machine.container.kill();
    } catch (error) {
      // It may have died although the engine did not say so; one that lives keeps its rules until they are lifted.
      if (await machine.container.running()) await cut[Symbol.asyncDispose]();
      else await machine.container.start();
      throw error;
    }
    return {
      bitten: async () =>
        (await machine.container.running())
          ? undefined
          : `${caught} packets of ${machine.name} were dropped before it was killed`,
      healed: async () => ((await machine.container.running()) ? `${machine.name} runs` : undefined),
      // It comes back with a new network namespace: there is no rule to lift.
      [Symbol.asyncDispose]: () => machine.container.start(),
    };
  },
} satisfies Fault;
