import type { Fault } from '../model.ts';

export default {
  about:
    'Kills Patroni once (SIGKILL); its supervisor starts it again as the unit says, and PostgreSQL lives on.',
  options: {},
  target: 'primary',
  async inject(_stack, [machine], _options, signal) {
    const patroni = machine.daemon('patroni');
    const before = await patroni.pid(signal);
    await patroni.send('KILL', signal);
    const again = async (s: AbortSignal) => {
      const now = await patroni.pid(s);
      return now === undefined || before === undefined || now === before
        ? undefined
        : `patroni ${before} was killed and runs as ${now}`;
    };
    // The supervisor is the cure.
    return { bitten: again, healed: again, async [Symbol.asyncDispose]() {} };
  },
} satisfies Fault;
