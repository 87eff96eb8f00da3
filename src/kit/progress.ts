/** How far something has come that takes a while. */
export interface Progress {
  /** So many more are done. */
  advance(count: number): void;
  /** Says how it ended; whatever comes then begins on a line of its own. */
  end(): void;
}

/** Where progress is shown: a terminal, or a file or pipe that keeps every line. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Signs in a line of the terminal. */
  readonly columns?: number;
}

/** What is done, and what of it is counted. */
export interface ProgressOptions {
  readonly stream: ProgressStream;
  /** What is being done: `moving`. */
  readonly label: string;
  /** How many there are; where there are none, nothing is shown. Left out where nothing can be counted. */
  readonly total?: number | undefined;
  /** How an amount of them is written; as a number unless told otherwise. */
  readonly spell?: ((count: number) => string) | undefined;
  /** The part that is done, 0 to 1, where it is known and the number of them isn't: of a file that is being read. */
  readonly part?: (() => number) | undefined;
  /** Milliseconds from any moment on; `performance.now` unless told otherwise. */
  readonly now?: () => number;
}

/** Begins to show something that takes a while: what is done, how many there are of it, and how an amount of them is written. */
export type ShowProgress = (
  label: string,
  total?: ProgressOptions["total"],
  spell?: ProgressOptions["spell"],
) => Progress;

/** Shows nothing. */
export const showNothing: ShowProgress = () => ({ advance() {}, end() {} });

/** How often a bar is drawn, and how often a line is written where there is no terminal, in milliseconds. */
const drawEvery = 100;
const writeEvery = 5000;
const widestBar = 24;
const numbers = new Intl.NumberFormat("en");

/**
 * Shows how far something has come: as a bar that moves on a terminal, as a line every few seconds anywhere else.
 *
 * @example
 * const progress = createProgress({ stream: process.stderr, label: "moving", total: 3201 });
 * progress.advance(500); // moving     ███▊░░░░░░░░░░░░░░░░░░░░  15 %  500 of 3,201  10,200/s  0:01 left
 */
export function createProgress(options: ProgressOptions): Progress {
  const {
    stream,
    label,
    total,
    part,
    spell = (count) => numbers.format(count),
    now = () => performance.now(),
  } = options;
  const terminal = stream.isTTY === true;
  const began = now();
  let done = 0;
  let shown = began;

  function figures(ended: boolean): string[] {
    const seconds = (now() - began) / 1000;
    const took = ended ? [`in ${timeText(seconds)}`] : [];
    const come = partDone();
    if (come === undefined) return took;
    const rate = seconds === 0 ? 0 : done / seconds;
    const left = ended || rate === 0 || come === 0 ? took : [`${timeText((seconds / come) * (1 - come))} left`];
    const percent = `${Math.floor(come * 100)} %`.padStart(5);
    const count = spell(done) + (total === undefined ? "" : ` of ${spell(total)}`);
    return [percent, count, `${spell(Math.round(rate))}/s`, ...left];
  }

  function partDone(): number | undefined {
    return total === undefined ? part?.() : done / total;
  }

  function show(ended: boolean): void {
    shown = now();
    const line = (...parts: readonly string[]): string =>
      `  ${[label.padEnd(10), ...parts, ...figures(ended)].join("  ")}`.trimEnd();
    if (!terminal) return void stream.write(`${line()}\n`);
    // What goes on in the next line can't be written over.
    const room = (stream.columns ?? 80) - 1;
    const width = Math.min(widestBar, room - line().length - 2);
    const come = partDone();
    const text = come === undefined || width < 1 ? line() : line(bar(come, width));
    // What stood there and was longer is cleared.
    stream.write(`\r${text.slice(0, room)}\u001B[K${ended ? "\n" : ""}`);
  }

  if (total === 0) return showNothing(label);
  if (terminal) show(false);
  return {
    advance(count) {
      done += count;
      if (now() - shown >= (terminal ? drawEvery : writeEvery)) show(false);
    },
    end: () => show(true),
  };
}

/** A bar in eighths of a character. */
function bar(part: number, width: number): string {
  const eighths = Math.round(Math.min(1, part) * width * 8);
  const rest = eighths % 8;
  const full = "█".repeat(Math.floor(eighths / 8));
  return (full + (rest === 0 ? "" : String.fromCodePoint(0x2590 - rest))).padEnd(width, "░");
}

/** `0:07`, `12:30`, `1:02:03` */
function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const pad = (part: number): string => String(part).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return `${hours === 0 ? minutes : `${hours}:${pad(minutes)}`}:${pad(whole % 60)}`;
}
