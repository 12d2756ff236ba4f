import type { History, Step, Until } from '../../model.ts';
import { type Injection, injections } from './faults.ts';
import type { Seen } from './phase.ts';

/** What the drill itself did: injected, proven to bite, healed. Where faults are several, each has its name. */
export function faultPhases(history: History): Seen[] {
  const all = injections(history);
  return all.flatMap(injection => phasesOf(injection, all.length > 1));
}

function phasesOf(injection: Injection, several: boolean): Seen[] {
  const { fault, subject, step, fromMs, toMs, bitten, healed } = injection;
  const name = (word: string) => (several ? `${word}: ${fault} on ${subject}` : word);
  const phases: Seen[] = [
    {
      name: name('fault'),
      fromMs,
      toMs,
      atMs: fromMs,
      waitedFor: `${fault} on ${subject}`,
      governedBy: "the scenario's timeline and the seed",
    },
  ];
  if (bitten) {
    phases.push({
      name: name('bitten'),
      fromMs: bitten.fromMs,
      toMs: bitten.toMs,
      waitedFor: `proof that ${fault} bit`,
      governedBy: 'the fault itself',
    });
  }
  if (healed) {
    phases.push({
      name: name('healed'),
      fromMs: healed.fromMs,
      toMs: healed.toMs,
      waitedFor: step?.until
        ? `${words(step.until)}, then the cure of ${fault}`
        : `the end of the fault, then its cure`,
      governedBy: step
        ? `the scenario: ${step.until ? 'until, ' : ''}for ${step.forS} s at most`
        : 'the scenario',
    });
  }
  return phases;
}

function words(until: NonNullable<Step['until']> | Until): string {
  return 'recoveredForS' in until
    ? `writes acknowledged for ${until.recoveredForS} s again`
    : `${until.acknowledgedByOld} writes acknowledged by the old primary after the new one's first`;
}
