/** Every time limit of ours, in one place. Milliseconds unless the name says otherwise. Imports nothing. */
export const limits = {
  /** An engine on the same machine answers a ping in milliseconds. */
  enginePingMs: 5_000,
  /** All machines of a drill started: dockerd serialises starts, about 170 ms each. */
  machinesStartMs: 120_000,
  /** A leader elected, and its first write acknowledged through the route. */
  firstWriteMs: 90_000,
  /** Every replica streaming; includes a base backup of the scenario's data. */
  streamingMs: 180_000,
  /** One exec in a machine; the longest copies a dead machine's data directory and recovers it. */
  execMs: 120_000,
  /** As systemd's TimeoutStopSec in the guides' unit. */
  daemonStopS: 30,
  /** A fault that has not bitten by then did not bite. */
  biteMs: 60_000,
  /** A fault that has not healed by then did not heal. */
  healMs: 120_000,
  /** One question to a daemon, by an observer. */
  askMs: 1_000,
  /** Reading one machine's table back. */
  readBackMs: 120_000,
  /** In-flight operations after the load has ended. */
  drainMs: 10_000,
  /** Removing the containers, volumes and network of one drill. */
  tearDownMs: 60_000,
} as const;
