import { createProgress, type ProgressStream, showNothing, type ShowProgress } from "../kit/progress.ts";

/** Shows progress to somebody who looks on. Where nobody does, a timer most likely called the command, and would mail every word. */
export function showOnTerminal(stream: ProgressStream): ShowProgress {
  if (stream.isTTY !== true) return showNothing;
  return (label, total, spell) => createProgress({ stream, label, total, spell });
}
