import type { Fault } from '../model.ts';

export default {
  about:
    "Kills the whole machine at once; its neighbours' kernels see resets and refusals, as when a process dies.",
  options: {},
  target: 'primary',
  async inject(_stack, [machine]) {
    // It may have died although the engine did not say so.
    await using undo = new AsyncDisposableStack();
    undo.defer(() => machine.container.start());
    await machine.container.kill();
    const cure = undo.move();
    return {
      bitten: async () => ((await machine.container.running()) ? undefined : `${machine.name} does not run`),
      healed: async () => ((await machine.container.running()) ? `${machine.name} runs` : undefined),
      [Symbol.asyncDispose]: () => cure.disposeAsync(),
    };
  },
} satisfies Fault;
