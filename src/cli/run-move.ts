import { statSync } from "node:fs";
import { createProgress, type ProgressStream, type ShowProgress } from "../kit/progress.ts";
import { assemble } from "../operations/assemble.ts";
import { loadBackend } from "../server/load-backend.ts";
import { type DatabaseLocation, settings } from "../server/settings.ts";
import { moveBetween } from "./move-between.ts";
import { moveReport } from "./move-report.ts";
import { whereOf } from "./where-of.ts";

/** Where to move from and to: URLs as DATABASE_URL has them. */
export interface MoveUrls {
  readonly from: string;
  readonly to: string;
}

/**
 * Moves a database and reports what was moved.
 *
 * @param file absolute path of the module whose default export is the definition
 * @throws Error with one line that says what keeps it from being moved
 */
export async function runMove(file: string, urls: MoveUrls, stream: ProgressStream): Promise<string> {
  const from = locationOf("--from", urls.from);
  const to = locationOf("--to", urls.to);
  checkPlaces(from, to);
  const assembly = assemble(await loadBackend(file));
  const [there, here] = [whereOf({ database: from }), whereOf({ database: to })];
  stream.write(`Moving ${assembly.backend.name} from ${there} to ${here}\n`);
  try {
    const show: ShowProgress = (label, total) => createProgress({ stream, label, total });
    const moved = await moveBetween({ assembly, from, to, show });
    return moveReport(moved, moved.left, to.engine === "sqlite" ? `sqlite:${here}` : here);
  } catch (error) {
    throw withoutSetting(error);
  }
}

/** What a server refuses names the setting that its URL comes from when it is served from. */
function withoutSetting(error: unknown): unknown {
  if (!(error instanceof Error && error.message.includes("DATABASE_URL"))) return error;
  return new Error(error.message.replaceAll("DATABASE_URL", "its URL"), { cause: error });
}

function locationOf(option: string, text: string): DatabaseLocation {
  const reading = settings.database.read(text, process.cwd());
  // What was typed may hold a password.
  if ("must" in reading) throw new Error(`${option} is not right: it must ${reading.must}.`);
  return reading.value;
}

/** @throws Error when there is nothing to move, or nowhere to move it */
function checkPlaces(from: DatabaseLocation, to: DatabaseLocation): void {
  if (from.engine === "sqlite" && statSync(from.file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new Error(`There is no database file ${from.file} to move from.`);
  if (identityOf(from) === identityOf(to))
    throw new Error("--from and --to are the same database: there is nothing to move.");
}

/** A text that two locations of one database share, as far as the locations tell. */
function identityOf(location: DatabaseLocation): string {
  if (location.engine === "sqlite") {
    // One file may have several names.
    const file = statSync(location.file, { throwIfNoEntry: false, bigint: true });
    return file === undefined ? location.file : `${file.dev}:${file.ino}`;
  }
  const { hostname, port, pathname, searchParams } = new URL(location.url);
  const host = searchParams.get("host") ?? hostname;
  const local = ["", "localhost", "127.0.0.1", "[::1]"].includes(host);
  return JSON.stringify([local ? "localhost" : host, port || "5432", pathname, searchParams.get("options")]);
}
