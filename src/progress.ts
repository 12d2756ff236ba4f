/** What a person sees while drills run: one line that rewrites itself on a terminal, plain lines anywhere else. */

export interface Progressed {
  readonly drill: string;
  readonly phase: string;
  /** Since the drill began. */
  readonly elapsedS: number;
  /** Acknowledged. */
  readonly writesPerS: number;
  /** The machine that is primary, as last seen. */
  readonly primary: string | undefined;
}
export interface Progress {
  show(progressed: Progressed): void;
  /** A line that stays. */
  note(line: string): void;
  end(): void;
}
/** The part of a terminal's stream that is used; `process.stderr` is one. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A log file shall tell that a quiet drill is alive, without growing by a line a second. */
const quietS = 10;
const eraseLine = '\r\u001b[2K';

export function progress(screen: Screen): Progress {
  return screen.isTTY ? onTerminal(screen) : inLog(screen);
}

function onTerminal(screen: Screen): Progress {
  let shown = '';
  return {
    show(progressed) {
      // A line that wraps could not be erased again.
      shown = sentence(progressed).slice(0, Math.max(20, (screen.columns ?? 80) - 1));
      screen.write(eraseLine + shown);
    },
    note(line) {
      screen.write(`${shown && eraseLine}${line}\n${shown}`);
    },
    end() {
      if (shown) screen.write(eraseLine);
      shown = '';
    },
  };
}

function inLog(screen: Screen): Progress {
  // By drill, because several may run side by side.
  const last = new Map<string, Progressed>();
  return {
    show(progressed) {
      const before = last.get(progressed.drill);
      const news =
        !before ||
        before.phase !== progressed.phase ||
        before.primary !== progressed.primary ||
        progressed.elapsedS - before.elapsedS >= quietS;
      if (!news) return;
      last.set(progressed.drill, progressed);
      screen.write(`${sentence(progressed)}\n`);
    },
    note(line) {
      screen.write(`${line}\n`);
    },
    end() {
      last.clear();
    },
  };
}

const sentence = ({ drill, phase, elapsedS, writesPerS, primary }: Progressed): string =>
  `${drill}  ${elapsedS.toFixed(0).padStart(3)} s  ${phase}  ${writesPerS.toFixed(0)} writes/s  primary ${primary || 'none'}`;
