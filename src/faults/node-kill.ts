import type { Fault } from '../model.ts';

export default {
  about:
    "Kills the whole machine at once; its neighbours' kernels see resets and refusals, as when a process dies.",
  options: {},
  target: 'primary',
  async inject(_stack, [machine]) {
    await machine.container.kill();
    return {
      bitten: async () => ((await machine.container.running()) ? undefined : `${machine.name} does not run`),
      healed: async () => ((await machine.container.running()) ? `${machine.name} runs` : undefined),
      [Symbol.asyncDispose]: () => machine.container.start(),
    };
  },
} satisfies Fault;
