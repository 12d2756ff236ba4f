import type { Check, Finding, History, Phase } from '../model.ts';
import { firstInjection, NO_INJECTION, watched } from './lib/faults.ts';
import type { Seen } from './lib/phase.ts';
import { clientPhases, rateBack } from './lib/phase-clients.ts';
import { clusterPhases, routeSwitched } from './lib/phase-cluster.ts';
import { faultPhases } from './lib/phase-faults.ts';
import { promotions } from './lib/roles.ts';
import { cannotTell, duration, toMicros } from './lib/words.ts';

/** What did not happen is absent: there is no promotion in a drill in which nobody was promoted. */
export default {
  about:
    'The phases of the failover on one time line, with what each waited for and the setting that governs it.',
  needs: ['fact:fault', 'fact:role', 'operations:ledger'],
  measures: { promotedMs: {}, routeSwitchedMs: {}, backTo95Ms: {} },
  measure(history): Finding {
    const injection = firstInjection(history);
    if (!injection) return cannotTell(NO_INJECTION);
    const { endMs, doubts } = watched(history);
    const zero = injection.fromMs;
    const promotion = promotions(history, zero)[0];
    const route = routeSwitched(history, injection, promotion);
    const back = rateBack(history, zero, endMs);
    const seen: Seen[] = [
      ...faultPhases(history),
      ...clientPhases(history, zero, endMs, back),
      ...clusterPhases(history, injection, promotion, route),
    ];
    const measure = (name: string, bracket: { fromMs: number; toMs: number } | undefined) =>
      bracket && {
        [name]: { lower: toMicros(Math.max(0, bracket.fromMs - zero)), upper: toMicros(bracket.toMs - zero) },
      };
    const phases = seen.map(one => since(zero, one)).sort((a, b) => a.atMs - b.atMs);
    return {
      summary: summary(history, phases, promotion?.machine),
      measures: {
        ...measure('promotedMs', promotion),
        ...measure('routeSwitchedMs', route),
        ...measure('backTo95Ms', back),
      },
      evidence: [],
      doubts,
      phases,
    };
  },
} satisfies Check;

/** On the time line, a phase stands where it was seen: at the end of its bracket. */
function since(zero: number, { name, fromMs, toMs, atMs = toMs, waitedFor, governedBy }: Seen): Phase {
  const [at, from, to] = [atMs, fromMs, toMs].map(ms => toMicros(ms - zero)) as [number, number, number];
  return { name, atMs: at, fromMs: from, toMs: to, waitedFor, governedBy };
}

function summary(history: History, phases: readonly Phase[], promoted: string | undefined): string {
  const after = (name: string) => {
    const phase = phases.find(p => p.name === name);
    return phase && duration(phase.atMs);
  };
  const parts = [
    promoted ? `${promoted} promoted after ${after('promoted')}` : 'no failover',
    after('router switched') && `router switched after ${after('router switched')}`,
    after('first acknowledged write') && `writes again after ${after('first acknowledged write')}`,
    after('back to 95 %') && `95 % of the rate after ${after('back to 95 %')}`,
  ];
  const { strategy } = history.drill.scenario;
  return `${strategy}: ${parts.filter(Boolean).join(', ')}`;
}
