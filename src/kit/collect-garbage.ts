import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/**
 * Collects this thread's garbage now. For what holds memory that V8 doesn't know of, such as statements of SQLite: to V8 a
 * thousand of them are a few kilobytes, so nothing makes it look for those that aren't used any more.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}
