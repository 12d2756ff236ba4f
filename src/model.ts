/**
 * The types of the house. Imports nothing.
 * Times are counted from the drill's start on one clock, CLOCK_MONOTONIC of the engine's kernel: `...Ms` are
 * milliseconds, `...Us` whole microseconds, `...S` seconds in what a person writes.
 */

// ── entries: one file each; file name = id = command-line word; `haproxy:sessions-kept` names a variant ──

export type Scalar = string | number | boolean;
export type Options = Readonly<Record<string, Scalar | readonly Scalar[]>>;
export interface Entry<O extends Options = Options> {
  /** One sentence; `list` and the documents are made of it. */
  readonly about: string;
  /** The defaults ARE the schema: names, types, completion. */
  readonly options: O;
  readonly variants?: Readonly<Record<string, Partial<O>>>;
}

// ── scenario: plain data ──

export type Role = 'etcd' | 'pg' | 'router' | 'app' | 'client';
/** Whom a fault strikes; looked up at the moment of injection, except for a machine's own name. */
export type Target =
  | 'primary'
  | 'replica'
  | 'sync-standby'
  | 'etcd-leader'
  | 'router'
  | { readonly node: string };

/** When a fault is healed before its time (`forS`) is over. */
export type Until =
  /** Writes on fresh connections have been acknowledged through the route for this long again, after they had stopped. */
  | { readonly recoveredForS: number }
  /** The struck server has acknowledged this many writes after the new primary's first. */
  | { readonly acknowledgedByOld: number };

export interface Step {
  /** Seconds after steady state; the seed adds a part of one Patroni loop to it. */
  readonly atS: number;
  /** Seconds until it is healed at the latest. */
  readonly forS: number;
  /** Healed sooner, once this holds. */
  readonly until?: Until;
  readonly fault: string;
  readonly on?: Target;
  readonly options?: Options;
}
/** Both ends belong to it. */
export interface Bound {
  readonly min?: number;
  readonly max?: number;
}
export type ReplicationMode = 'async' | 'sync' | 'strict' | 'quorum';
/** The defaults are Patroni's: https://patroni.readthedocs.io/en/latest/dynamic_configuration.html */
export interface PatroniSettings {
  readonly ttlS: number;
  readonly loopWaitS: number;
  readonly retryTimeoutS: number;
  readonly maximumLagOnFailoverBytes: number;
  readonly mode: ReplicationMode;
  readonly failsafe: boolean;
}
export interface ClusterSettings {
  /** etcd members, 1 to 5. */
  readonly etcd: number;
  /** Database machines, 2 to 5. */
  readonly postgres: number;
  /** etcd on the database machines, as small installations have it. */
  readonly etcdBeside: boolean;
}
/** An empty database flatters every failover: its shutdown checkpoint takes milliseconds. */
export interface DataSettings {
  /** Rows of about 1 KiB, loaded before the drill begins. */
  readonly rows: number;
}
export interface LoadSettings {
  readonly writesPerS: number;
  readonly connections: number;
  /** A connection that is not open by then is given up. */
  readonly connectMs: number;
  /** A statement that is not answered by then is given up and its connection closed. */
  readonly answerMs: number;
}
export interface ProbeSettings {
  /** One write and one read fall due each so many milliseconds, each on a connection that is held. */
  readonly heldMs: number;
  /** A new connection each so many milliseconds: one read and one write on it. */
  readonly freshMs: number;
}
export interface Scenario {
  readonly about: string;
  readonly strategy: string;
  readonly strategyOptions?: Options;
  readonly app?: string;
  readonly cluster?: Partial<ClusterSettings>;
  readonly patroni?: Partial<PatroniSettings>;
  readonly data?: Partial<DataSettings>;
  readonly load?: Partial<LoadSettings>;
  readonly probe?: Partial<ProbeSettings>;
  readonly timeline: readonly Step[];
  /** Seconds that are watched after steady state at most; it ends sooner, `tailS` after all is healed and in step again. */
  readonly lastS: number;
  readonly tailS?: number;
  /** By the names of the checks' measures. */
  readonly expect: Readonly<Record<string, Bound>>;
}
/** A scenario with every default filled in. */
export interface Resolved extends Required<Scenario> {
  readonly cluster: ClusterSettings;
  readonly patroni: PatroniSettings;
  readonly data: DataSettings;
  readonly load: LoadSettings;
  readonly probe: ProbeSettings;
}
/** A scenario, one repetition. Plain data; its id is the hash of its canonical JSON without the id itself. */
export interface Drill {
  readonly id: string;
  /** The scenario's name: its file in scenarios/. */
  readonly name: string;
  readonly scenario: Resolved;
  readonly repetition: number;
  /** Of this repetition: an integer of 32 bits. */
  readonly seed: number;
}

// ── blueprint: pure data; strategies and apps add to it ──

export type Value = Scalar | readonly Value[] | { readonly [key: string]: Value };
export type Values = Readonly<Record<string, Value>>;
/** A folder of compose/. An image is a chain of layers; the values fill the layer's templates. */
export interface Layer {
  readonly layer: string;
  readonly values?: Values;
}
export interface Machine {
  readonly name: string;
  readonly address: string;
  readonly roles: readonly Role[];
  readonly layers: readonly Layer[];
}
/** What clients are told. Other kinds (a name, a file, a list of hosts) are added with the strategy that needs them. */
export interface Route {
  readonly kind: 'address';
  readonly host: string;
  readonly port: number;
}
/** What a strategy or an app may build upon. */
export interface Site {
  machines(role: Role): readonly Machine[];
  /** A new machine with the next free address. */
  machine(name: string, roles: readonly Role[], ...layers: Layer[]): Machine;
  readonly patroni: PatroniSettings;
}
export interface Addition {
  readonly machines?: readonly Machine[];
  readonly observers?: readonly string[];
}
export interface Strategy<O extends Options = Options> extends Entry<O> {
  build(site: Site, options: O): Addition & { readonly route: Route };
  /**
   * Start-up only: tells the router who of the database machines leads, and who does not, instead of waiting for its own
   * checks (HAProxy's `rise 2` alone costs 6 s). It must leave the router as its own checks would have left it.
   */
  hasten?(stack: Stack, leader: Host, databases: readonly string[], signal: AbortSignal): Promise<void>;
}
export interface App<O extends Options = Options> extends Entry<O> {
  readonly workloads: readonly string[];
  build(site: Site, options: O): Addition;
}

// ── the living stack (a port: stack/ implements it, test/ fakes it) ──

export type Signal = 'TERM' | 'KILL' | 'STOP' | 'CONT' | 'INT' | 'HUP';
export interface Daemon {
  /** As systemd stops a unit: SIGTERM, 30 s, SIGKILL; it stays down. */
  stop(signal: AbortSignal): Promise<void>;
  start(signal: AbortSignal): Promise<void>;
  /** From now on it is not restarted when it ends. Sends nothing. `start` ends that. */
  hold(signal: AbortSignal): Promise<void>;
  send(what: Signal, signal: AbortSignal): Promise<void>;
  /** Undefined while it does not run. */
  pid(signal: AbortSignal): Promise<number | undefined>;
}
export interface Container {
  /** SIGKILL to all of it at once. */
  kill(): Promise<void>;
  /**
   * Starts it with its disk and address, or lets go of one that was started on hold.
   * `held`: only PID 1 runs and its daemons wait, so that the disk can be read before anything changes it.
   */
  start(options?: { readonly held: boolean }): Promise<void>;
  running(): Promise<boolean>;
}
export interface Cut extends AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void>;
  /** Packets that it has caught so far. */
  hits(signal: AbortSignal): Promise<number>;
}
export interface Host extends Machine {
  /** As root; answers standard output; throws with standard error. */
  exec(argv: readonly string[], signal: AbortSignal): Promise<string>;
  daemon(name: string): Daemon;
  readonly container: Container;
  /**
   * Drops every packet that comes or goes, in the machine's own network namespace: silence, nothing is refused or reset.
   * Leaves no rule behind when it throws.
   */
  silence(signal: AbortSignal): Promise<Cut>;
}
export interface Stack {
  readonly hosts: readonly Host[];
  readonly route: Route;
  /** Of the role, in the blueprint's order. */
  having(role: Role): readonly Host[];
  resolve(target: Target, signal: AbortSignal): Promise<readonly [Host, ...Host[]]>;
  /** The share of one core that all containers of the drill use, the client among them; measured over a second or two. */
  cpuShare(signal: AbortSignal): Promise<number>;
}

/** What measures a drill (a port: measure/ implements it, test/ fakes it). */
export interface Measuring {
  /** Starts load and probe, and proves that all is well before anything is broken. */
  steady(signal: AbortSignal): Promise<void>;
  /** The beginning of the leader's next loop. */
  nextLoop(signal: AbortSignal): Promise<void>;
  holds(condition: Until, struck: Host, signal: AbortSignal): Promise<void>;
  /** Reads what this machine alone knows, before a cure (pg_rewind) destroys it. */
  testify(struck: Host, signal: AbortSignal): Promise<void>;
  /** Every replica streams from one primary, and has replayed what it had. */
  inStep(signal: AbortSignal): Promise<void>;
  /** Ends load and probe, and reads back what is stored. */
  finish(signal: AbortSignal): Promise<void>;
}

/** A fault that was done, with its cure: disposing of it heals. */
export interface Injury extends AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void>;
  /** Evidence that it bit, or not yet. */
  bitten(signal: AbortSignal): Promise<string | undefined>;
  /** Evidence that it healed, or not yet. */
  healed(signal: AbortSignal): Promise<string | undefined>;
}
export interface Fault<O extends Options = Options> extends Entry<O> {
  /** When the scenario names none. */
  readonly target: Target;
  inject(stack: Stack, hosts: readonly [Host, ...Host[]], options: O, signal: AbortSignal): Promise<Injury>;
}

// ── what is recorded: three tables, schema 1. New keys and streams are additions, not a new schema ──

export interface Bracket {
  readonly fromMs: number;
  readonly toMs: number;
}
/**
 * Common words, so that a check needs no strategy's name. The subject is a machine's name unless it says otherwise.
 *
 * | key | value |
 * |---|---|
 * | role | primary, replica, silent: what pg_is_in_recovery() answers directly; silent: no answer |
 * | timeline | the PostgreSQL timeline as a decimal; with the promotion of its primary the fork is known |
 * | patroni | the role in Patroni's REST answer (primary, replica, ...), or silent |
 * | leader | subject `cluster`: the name in etcd's leader key, '' when it is gone |
 * | loop | subject `cluster`: the leader's HA loop wrote /status; value: its WAL position |
 * | streaming | of a replica: the primary's name it streams from, or '' |
 * | lag | bytes that a replica's replay is behind its primary's insert position |
 * | route | subject a router: the machine it points at, '' for none |
 * | daemon | `patroni up 123`, `patroni exit 1`, `patroni signal 9` |
 * | container | start, die |
 * | fault | subject the struck machine: `injected patroni-stop`, `bitten ...`, `healed ...`, `whole ...`, each a bracket |
 * | evidence | subject the struck machine: the words of the proof, or why there is none |
 * | ready | subject `drill`: a step of the start-up is done: `network`, `machines`, `leader`, `first write`, `streaming`, `steady`, ... |
 * | cpu | subject `load` or `load and probe`: share of one core that all machines used together, as a decimal |
 * | read | subject a machine: `whole` when its table was read to the end, else `not read: why` |
 * | mark | subject `drill`: `watched` (the end of the watching), `stopped` (by the user), ... |
 */
export type FactKey =
  | 'role'
  | 'timeline'
  | 'patroni'
  | 'leader'
  | 'loop'
  | 'streaming'
  | 'lag'
  | 'route'
  | 'daemon'
  | 'container'
  | 'fault'
  | 'evidence'
  | 'ready'
  | 'cpu'
  | 'read'
  | 'mark'
  | (string & {});
/** Something seen: it held at some moment of the bracket, and until a later fact of the same key and subject. */
export interface Fact extends Bracket {
  /** The observer that saw it, or `run`. */
  readonly source: string;
  readonly subject: string;
  readonly key: FactKey;
  readonly value: string;
}

/** Index = the number in the column. See the rules of measurement in docs/measuring.md. */
export const outcomes = ['ok', 'failed', 'unknown'] as const;
export type Outcome = (typeof outcomes)[number];
/** `sentUs` of an operation that was never sent, `answeredUs` of one that was never answered. */
export const NEVER = 0xffff_ffff;
/** Bits of `flags`. */
export const IN_RECOVERY = 1; // the server that answered was in recovery
export const SYNC_WAIT_CANCELLED = 2; // acknowledged, with a warning that the standby may not have it

/** One thing that a client did. `codes`: SQLSTATE, errno, or a word of ours such as NOT_SENT. */
export interface Operation {
  readonly id: number;
  readonly writer: number;
  readonly dueUs: number;
  readonly sentUs: number;
  readonly answeredUs: number;
  readonly outcome: Outcome;
  readonly code: string;
  /** The server's address, '' if it did not say. */
  readonly server: string;
  /** 0 if it did not say. */
  readonly timeline: number;
  readonly flags: number;
}
/** Columns by row number, in the order of recording; no object per row. */
export interface Operations {
  readonly length: number;
  readonly id: Uint32Array;
  readonly writer: Uint16Array;
  readonly dueUs: Uint32Array;
  readonly sentUs: Uint32Array;
  readonly answeredUs: Uint32Array;
  /** Index into `outcomes`. */
  readonly outcome: Uint8Array;
  /** Index into `servers`. */
  readonly server: Uint8Array;
  readonly timeline: Uint16Array;
  readonly flags: Uint8Array;
  /** Index into `codes`. */
  readonly code: Uint16Array;
  readonly servers: readonly string[];
  readonly codes: readonly string[];
}
/** Ids that a database holds at the end (or that a struck machine held before it was healed). */
export interface Stored {
  readonly length: number;
  readonly id: Uint32Array;
  readonly copies: Uint16Array;
}
/** Streams of operations; the ledger's ids are dense, so that the history is its own index. */
export type Stream =
  | 'ledger'
  | 'probe-write-held'
  | 'probe-write-fresh'
  | 'probe-read-held'
  | 'probe-read-fresh'
  | (string & {});

export interface History {
  readonly schema: 1;
  readonly drill: Drill;
  readonly versions: Readonly<Record<string, string>>;
  readonly machines: readonly Machine[];
  /** In the order of `toMs`. */
  facts(key: FactKey, subject?: string): readonly Fact[];
  /** Empty when the stream was not recorded. */
  operations(stream: Stream): Operations;
  /** Undefined when it was not read. */
  stored(node: string, stream: Stream): Stored | undefined;
  /** The streams and machines there are. */
  readonly streams: readonly Stream[];
  readonly read: readonly { readonly node: string; readonly stream: Stream }[];
  /** What of the recording is missing, such as a file without its end; each makes every verdict doubtful. */
  readonly damage?: readonly string[];
}

// ── workloads and observers: they run in the drill ──

export interface Workload<O extends Options = Options> extends Entry<O> {
  readonly streams: readonly Stream[];
  /** Runs in a thread of its own until the signal; what is in flight then is awaited or recorded as unknown. */
  drive(bench: Bench, options: O, signal: AbortSignal): Promise<void>;
}
/** A login as a client sees it. `from`: the local address it leaves from. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}
export interface Bench {
  readonly route: Route;
  readonly login: Login;
  readonly load: LoadSettings;
  readonly probe: ProbeSettings;
  readonly seed: number;
  nowUs(): number;
  record(stream: Stream, operation: Operation): void;
}
export interface Watch {
  readonly stack: Stack;
  readonly login: Login;
  /** Observers leave from here, so that cutting the client off does not blind them. */
  readonly from: string;
  nowMs(): number;
  tell(fact: Omit<Fact, 'source'>): void;
}
export interface Observer {
  readonly about: string;
  readonly keys: readonly FactKey[];
  /** Until the signal. A failing source is a fact (`silent`), never an error. */
  watch(watch: Watch, signal: AbortSignal): Promise<void>;
}

// ── judged: a check MEASURES; the bound decides, in one place (judge.ts) ──

/** `upper: null`: still open when the watching ended (JSON has no Infinity). */
export type Measure = number | { readonly lower: number; readonly upper: number | null };
/** Milliseconds since the injection began. The bracket says between which two observations it happened. */
export interface Phase {
  readonly name: string;
  readonly atMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** What was waited for until then, and the setting that governs it. */
  readonly waitedFor: string;
  readonly governedBy: string;
}
export interface Finding {
  readonly summary: string;
  readonly measures: Readonly<Record<string, Measure>>;
  readonly evidence: readonly Readonly<Record<string, Scalar>>[];
  /** Why it cannot be told. One is enough for `unknown`, unless a bound failed. */
  readonly doubts: readonly string[];
  readonly phases?: readonly Phase[];
}
export type Need = `fact:${FactKey}` | `operations:${Stream}`;
export interface Check {
  readonly about: string;
  /** What is missing makes it unknown. */
  readonly needs: readonly Need[];
  /** Every name it may return, with the bound that holds unless the scenario says otherwise. */
  readonly measures: Readonly<Record<string, Bound>>;
  measure(history: History): Finding;
}
export type Status = 'pass' | 'fail' | 'unknown';
export interface Verdict extends Finding {
  readonly check: string;
  readonly status: Status;
  /** The bounds that were applied, by measure. */
  readonly bounds: Readonly<Record<string, Bound>>;
}
/** One drill in report.json. `scenario`, `strategy` and `app` are plain names. */
export interface DrillReport {
  readonly id: string;
  readonly scenario: string;
  readonly strategy: string;
  readonly app: string;
  readonly faults: readonly string[];
  readonly seed: number;
  readonly repetition: number;
  readonly status: Status;
  /** The worst verdict in a sentence, or why there is none. */
  readonly summary: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Pick<Resolved, 'cluster' | 'patroni' | 'data' | 'load' | 'probe' | 'strategyOptions'>;
  /** Start-up, milliseconds since the command was given (or the drill began, for all but the first of a run). */
  readonly startUp: readonly { readonly step: string; readonly atMs: number }[];
  readonly phases: readonly Phase[];
  readonly verdicts: readonly Verdict[];
  /** Acknowledged ledger writes by second since the injection, for charts. */
  readonly writeRate: { readonly fromS: number; readonly perS: readonly number[] };
  /** Its folder below the report, such as `drills/haproxy-patroni-stop-0`. */
  readonly folder: string;
}
export interface Report {
  readonly schema: 1;
  readonly tool: string;
  readonly seed: number;
  /** The command that repeats it. */
  readonly command: string;
  readonly drills: readonly DrillReport[];
}
export interface Reporter {
  readonly about: string;
  readonly file: string;
  render(report: Report): string;
}
