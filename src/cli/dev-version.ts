import { enableCompileCache, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { prepareThread, warmTypes } from "../server/index.ts";
import { explainMistakes } from "./explain-mistakes.ts";
import { say, start } from "./start.ts";

// One version of a backend under `galley dev`. It has loaded everything but the application when it is told to begin, so that a
// change is served after the time that the application itself takes to load.

/** What `galley dev` tells a version that waits. */
export interface Begin {
  /** Whether another version serves, which goes when this one is there. */
  readonly succeeds: boolean;
}

/** What a version tells `galley dev`. */
export type Told = { readonly loaded: string } | { readonly ready: true };

const [, , file = "", port] = process.argv;
const galley = new URL("../", import.meta.url).href;
const loaded = new Set<string>();
const writer = prepareThread("writer-thread");
const tell = (told: Told): unknown => process.send?.(told);

// Most modules of an application are what they were before the change.
enableCompileCache();
writer.preload();
await warmTypes();
process.once("message", ({ succeeds }: Begin) => {
  registerHooks({
    load(url, context, next) {
      if (url.startsWith("file:") && !url.startsWith(galley) && !url.includes("/node_modules/")) {
        const path = fileURLToPath(url);
        loaded.add(path);
        tell({ loaded: path });
      }
      return next(url, context);
    },
  });
  writer.preload(file);
  void start(file, port === undefined ? {} : { port }, {
    writer,
    sharesPort: true,
    explain: (error) => explainMistakes(error, [...loaded]),
    onReady(banner) {
      // It is the same place as before.
      if (!succeeds || banner.includes("Administrator")) say(banner);
      tell({ ready: true });
    },
  });
});
