import { dirname } from "node:path";
import { type Moved, moveDatabase, planMove } from "../database/move/move-database.ts";
import type { ShowProgress } from "../kit/progress.ts";
import type { Assembly } from "../operations/assemble.ts";
import { checkFolder } from "../server/check-folder.ts";
import { type EngineUse, openEngine } from "../server/open-engine.ts";
import type { DatabaseLocation } from "../server/settings.ts";

/** Two databases of one definition. */
export interface MoveBetween {
  readonly assembly: Assembly;
  readonly from: DatabaseLocation;
  readonly to: DatabaseLocation;
  readonly show: ShowProgress;
  /** Whether others may go on writing to the source; the target is one that is not there yet. */
  readonly sourceGoesOn?: boolean;
}

/** How it ended. */
export interface MovedBetween extends Moved {
  /** Tables and columns that the definition doesn't declare, and that stay behind. */
  readonly left: readonly string[];
}

/** A snapshot, the load and its migration have a connection each. */
const use: EngineUse = { access: "readWrite", scanThread: false, connections: 4 };

/** Copies one database into another. @throws Error with one line that says what keeps it from being copied */
export async function moveBetween({ assembly, from, to, show, sourceGoesOn }: MoveBetween): Promise<MovedBetween> {
  const source = openEngine(assembly, patiently(from), { ...use, access: "alone" });
  try {
    // Before a file is made for nothing.
    const plan = await planMove(assembly.model, source);
    if (to.engine === "sqlite") checkFolder(dirname(to.file));
    const target = openEngine(assembly, patiently(to), use);
    try {
      const moved = await moveDatabase({ plan, source, target, progress: show, sourceGoesOn });
      return { ...moved, left: plan.left };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Nobody waits for an answer meanwhile: a server that is busy for a moment is no reason to give up. */
function patiently(location: DatabaseLocation): DatabaseLocation {
  if (location.engine === "sqlite") return location;
  const url = new URL(location.url);
  if (!url.searchParams.has("connect_timeout")) url.searchParams.set("connect_timeout", "10");
  return { ...location, url: url.href };
}
