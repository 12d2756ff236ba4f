import type { Fault } from '../model.ts';

/** The postmaster's process id is the first line of this file, as long as it runs (pg_ctl(1)). */
const pidFile = '/var/lib/postgresql/17/main/postmaster.pid';

export default {
  about:
    'Kills the postmaster (SIGKILL); Patroni finds it dead and starts PostgreSQL again or gives up the lead.',
  options: {},
  target: 'primary',
  async inject(_stack, [machine], _options, signal) {
    const postmaster = async (s: AbortSignal) =>
      (await machine.exec(['sh', '-c', `head -n 1 ${pidFile} 2>/dev/null || true`], s)).trim();
    const before = await postmaster(signal);
    await machine.exec(['kill', '-KILL', before], signal);
    return {
      async bitten(s) {
        const state = await machine.exec(
          ['sh', '-c', `kill -0 ${before} 2>/dev/null && echo runs || echo gone`],
          s,
        );
        return state.trim() === 'gone' ? `the postmaster (${before}) is gone` : undefined;
      },
      async healed(s) {
        const now = await postmaster(s);
        return now && now !== before ? `a postmaster runs as ${now}` : undefined;
      },
      // Patroni is the cure.
      async [Symbol.asyncDispose]() {},
    };
  },
} satisfies Fault;
