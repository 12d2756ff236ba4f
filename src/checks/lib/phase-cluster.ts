import type { Bracket, Fact, History } from '../../model.ts';
import type { Injection } from './faults.ts';
import type { Seen } from './phase.ts';
import { inStepAfter, lagInStep } from './replication.ts';
import { type Promotion, primariesAt, stateAt } from './roles.ts';

/** Two observations of one event differ by so much at most. */
const NEAR_MS = 1_000;

/** What the cluster did: the leader key, the promotion, the router, the old primary's return. */
export function clusterPhases(
  history: History,
  injection: Injection,
  promotion: Promotion | undefined,
  route: Bracket | undefined,
): Seen[] {
  const old = primariesAt(history, injection.fromMs)[0];
  const { maximumLagOnFailoverBytes } = history.drill.scenario.patroni;
  const phases = leaderKey(history, injection);
  if (promotion) {
    phases.push({
      name: 'promoted',
      fromMs: promotion.fromMs,
      toMs: promotion.toMs,
      waitedFor: `PostgreSQL on ${promotion.machine} to leave recovery`,
      governedBy: `PostgreSQL's promotion (candidates lag by maximum_lag_on_failover ${maximumLagOnFailoverBytes} bytes at most)`,
    });
  }
  if (route) {
    phases.push({
      name: 'router switched',
      ...route,
      waitedFor: `the route to lead to ${promotion?.machine ?? old ?? 'the primary'}`,
      governedBy: "the route's own checks",
    });
  }
  return promotion && old && old !== promotion.machine
    ? [...phases, ...oldPrimary(history, old, injection)]
    : phases;
}

/** Gone, and taken: by another machine, or again by the same after it was gone. */
function leaderKey(history: History, injection: Injection): Seen[] {
  const holder = stateAt(history, 'leader', 'cluster', injection.fromMs);
  if (holder === undefined) return [];
  const { loopWaitS } = history.drill.scenario.patroni;
  const after = history.facts('leader', 'cluster').filter(fact => fact.toMs > injection.fromMs);
  const gone = after.find(fact => fact.value === '');
  const taken = after.find(
    fact => fact.value !== '' && (fact.value !== holder || (gone && fact.toMs > gone.toMs)),
  );
  return [
    ...(gone && (!taken || gone.toMs <= taken.toMs)
      ? [
          {
            name: 'leader key gone',
            fromMs: gone.fromMs,
            toMs: gone.toMs,
            ...release(history, injection, gone, holder),
          },
        ]
      : []),
    ...(taken
      ? [
          {
            name: 'leader key taken',
            fromMs: taken.fromMs,
            toMs: taken.toMs,
            waitedFor: `${taken.value} to see the key gone and to win it`,
            governedBy: `loop_wait ${loopWaitS} s at most`,
          },
        ]
      : []),
  ];
}

/** A key that went when its lease ran out was not released: the lease's age at the fault is what the drill's seed varies. */
function release(history: History, injection: Injection, gone: Fact, holder: string) {
  const { ttlS } = history.drill.scenario.patroni;
  const renewed = history.facts('loop', 'cluster').findLast(fact => fact.toMs <= gone.toMs);
  const expiresMs = renewed && renewed.toMs + ttlS * 1_000;
  if (!renewed || expiresMs === undefined || gone.toMs < expiresMs - NEAR_MS) {
    return {
      waitedFor: `${holder} to release the leader key as it stops`,
      governedBy: `the fault: the key went before its lease (ttl ${ttlS} s) ran out`,
    };
  }
  const age = (injection.fromMs - renewed.toMs) / 1_000;
  return {
    waitedFor: `the lease of ${holder}'s leader key to run out`,
    governedBy:
      age >= 0
        ? `ttl ${ttlS} s, minus the lease's age at the fault, ${age.toFixed(1)} s`
        : `ttl ${ttlS} s, renewed once more ${(-age).toFixed(1)} s after the fault began`,
  };
}

/**
 * The first time a router points at the new primary, be it beside others (or at the old one again, after it had not).
 */
export function routeSwitched(
  history: History,
  injection: Injection,
  promotion: Promotion | undefined,
): Bracket | undefined {
  const target = promotion?.machine ?? primariesAt(history, injection.fromMs)[0];
  if (target === undefined) return undefined;
  const pointed = new Map<string, boolean>();
  for (const { subject, value, fromMs, toMs } of history.facts('route')) {
    const before = pointed.get(subject);
    const points = value.split(' ').includes(target);
    pointed.set(subject, points);
    if (toMs > injection.fromMs && points && before === false) {
      return { fromMs, toMs };
    }
  }
  return undefined;
}

function oldPrimary(history: History, old: string, injection: Injection): Seen[] {
  const { loopWaitS } = history.drill.scenario.patroni;
  const lagBytes = lagInStep(history, injection.fromMs);
  const { streaming, inStep } = inStepAfter(history, old, injection.toMs, lagBytes);
  return [
    ...(streaming
      ? [
          {
            name: 'old primary streaming',
            fromMs: streaming.fromMs,
            toMs: streaming.toMs,
            waitedFor: `${old} to follow ${streaming.value}, rewound if need be`,
            governedBy: `the cure, loop_wait ${loopWaitS} s, pg_rewind and recovery`,
          },
        ]
      : []),
    ...(inStep
      ? [
          {
            name: 'lag zero',
            fromMs: inStep.fromMs,
            toMs: inStep.toMs,
            waitedFor: `${old} to be no further behind than replicas were before the fault (${lagBytes} bytes)`,
            governedBy: 'the WAL written meanwhile',
          },
        ]
      : []),
  ];
}
