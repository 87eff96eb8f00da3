import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const galley = fileURLToPath(new URL("../", import.meta.url));
const frame = /^ +at (?:(?:async )?(.+) \()?(?:async )?((?:file:\/\/|\/|[A-Za-z]:[\\/]).+):(\d+):\d+\)?$/;

/**
 * What kept the module of a definition from being loaded, for the one who wrote it: where in their own code it was thrown, and how
 * that was come to. Frames of Galley, of packages and of Node are nothing that they can mend.
 *
 * @param file the module that was to be loaded, absolute
 */
export function loadFailure(error: unknown, file: string): Error {
  if (!(error instanceof Error)) return new Error(`${spelled(file)} has thrown ${String(error)}.`, { cause: error });
  const stack = error.stack ?? "";
  // In front of the message of what can't be parsed stands the line of it.
  if (error instanceof SyntaxError && !/^SyntaxError\b/.test(stack)) {
    return new Error(stack.replace(/\n +at [^]*$/, "").trim(), { cause: error });
  }
  // Its message names the module that asked.
  if ("code" in error && String(error.code).startsWith("ERR_MODULE")) return new Error(error.message, { cause: error });
  const [place = spelled(file), ...from] = ownPlaces(stack);
  const kind = error.name === "Error" ? "" : `${error.name}: `;
  const words = error.message || "it was thrown without a message";
  return new Error([`${place}: ${kind}${words}`, ...from.map((one) => `  from ${one}`)].join("\n"), { cause: error });
}

/** Places in the application's own code that a stack names, the innermost first. */
function ownPlaces(stack: string): string[] {
  const places = stack.split("\n").flatMap((line) => {
    const [, , found, number] = frame.exec(line) ?? [];
    if (found === undefined) return [];
    const path = found.startsWith("file:") ? fileURLToPath(found) : found;
    const foreign = path.startsWith(galley) || /[\\/]node_modules[\\/]/.test(path);
    return foreign ? [] : [`${spelled(path)}:${number}`];
  });
  return [...new Set(places)];
}

function spelled(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near;
}
