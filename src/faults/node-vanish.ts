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
    // The rules and their counters die with the machine, so what they caught is read before.
    const caught = await until(
      `${machine.name} to lose packets`,
      async s => (await cut.hits(s)) || undefined,
      { withinMs: limits.askMs * 10, signal, next: 'is iptables at work in the machine?' },
    ).catch(async error => {
      await cut[Symbol.asyncDispose]();
      throw error;
    });
    await machine.container.kill();
    return {
      bitten: async () =>
        (await machine.container.running())
          ? undefined
          : `${caught} packets of ${machine.name} were dropped before it was killed`,
      healed: async () => ((await machine.container.running()) ? `${machine.name} runs` : undefined),
      [Symbol.asyncDispose]: () => machine.container.start(),
    };
  },
} satisfies Fault;
