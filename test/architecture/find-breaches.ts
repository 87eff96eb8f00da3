import { posix } from "node:path";
import { readSource, type Reference } from "./read-source.ts";

const longest = 300;
const reason = "Longer than 300 lines because";
const fileName = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.test-d|\.bench)?\.ts$/;
const folderName = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** Unfinished work belongs in an issue; a silenced compiler in nobody's code. */
const forbiddenWords = [/\bTODO\b/, /\bFIXME\b/, /@ts-ignore\b/, /@ts-nocheck\b/];

interface File {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly code: string;
  readonly references: readonly Reference[];
}

/**
 * What in the sources goes against the architecture, one sentence per breach, sorted.
 * @param floors room -> floor; a room imports only from lower floors
 * @param texts path below `src/` with forward slashes -> the file's text
 */
export function findBreaches(
  floors: Readonly<Record<string, number>>,
  texts: Readonly<Record<string, string>>,
): readonly string[] {
  const files = Object.entries(texts).map(([path, text]): File => {
    const slash = path.indexOf("/");
    return { path, room: slash < 0 ? "" : path.slice(0, slash), text, ...readSource(text) };
  });
  const breaches = files.flatMap((file) => [
    ...placeBreaches(file, floors),
    ...textBreaches(file),
    ...file.references.flatMap((reference) => referenceBreaches(file, reference, floors)),
  ]);
  return [...new Set([...breaches, ...cycleBreaches(files)])].toSorted();
}

function placeBreaches({ path, room }: File, floors: Readonly<Record<string, number>>): readonly string[] {
  const breaches: string[] = [];
  if (room === "" && path !== "index.ts") breaches.push(`${path}: belongs into a room`);
  if (room !== "" && floors[room] === undefined) breaches.push(`${path}: the room ${room} is not in the floor table`);
  const folders = path.split("/");
  const name = folders.pop() ?? "";
  if (!fileName.test(name) || !folders.every((folder) => folderName.test(folder))) {
    breaches.push(`${path}: names are kebab-case`);
  }
  return breaches;
}

function textBreaches({ path, text, code }: File): readonly string[] {
  const breaches: string[] = [];
  const lines = text.replace(/\n$/, "").split("\n").length;
  if (lines > longest && !/\.(?:test|test-d|bench)\.ts$/.test(path) && !firstComment(text).includes(reason)) {
    breaches.push(`${path}: ${lines} lines, and its first comment does not say "${reason} ..."`);
  }
  if (/\bexport\s*\*/.test(code)) breaches.push(`${path}: export * hides what is exported`);
  if (/\bas\s+any\b/.test(code)) breaches.push(`${path}: as any`);
  for (const word of forbiddenWords) {
    const found = word.exec(text);
    if (found) breaches.push(`${path}: ${found[0]}`);
  }
  return breaches;
}

/** The comment that a file begins with; lines of `//` that follow each other are one. */
function firstComment(text: string): string {
  return (
    /^\s*(?:\/\*[^]*?\*\/|(?:\/\/[^\n]*\n?[^\S\n]*)+)/.exec(text)?.[0].replace(/\s*\n\s*(?:\/\/|\*)?\s*/g, " ") ?? ""
  );
}

function referenceBreaches(
  { path, room }: File,
  { specifier, kind }: Reference,
  floors: Readonly<Record<string, number>>,
): readonly string[] {
  if (/^galley(?:\/|$)/.test(specifier)) return [`${path}: imports the package by its own name`];
  if (room === "client" && specifier.startsWith("node:") && !path.endsWith(".test.ts")) {
    return [`${path}: imports ${specifier}, which browsers do not have`];
  }
  const target = resolve(path, specifier);
  if (target === undefined) return [];
  if (target === "index.ts") return [`${path}: imports src/index.ts, which is for applications`];
  if (target.startsWith("../")) {
    return target.endsWith(".json") || kind === "url" ? [] : [`${path}: imports ${specifier} from outside src`];
  }
  const targetRoom = target.slice(0, target.indexOf("/"));
  if (targetRoom === room || room === "") return [];
  if (room === "client" && (kind !== "type" || !["kit", "schema"].includes(targetRoom))) {
    return [`${path}: imports ${target}; client takes only types, and only from kit and schema`];
  }
  const [own, other] = [floors[room], floors[targetRoom]];
  if (own === undefined || other === undefined || other < own) return [];
  return [`${path} (floor ${own}): imports ${target} (floor ${other}); only lower floors can be seen`];
}

/** The path below `src/` that a relative specifier names. */
function resolve(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith("./") && !specifier.startsWith("../")) return undefined;
  return posix.join(posix.dirname(path), specifier);
}

/**
 * Cycles of imports. Inside a room types may refer to each other in a circle: nothing of it is left at run time. A
 * worker's URL is no import either, the worker is another program.
 */
function cycleBreaches(files: readonly File[]): readonly string[] {
  const next = new Map(
    files.map(({ path, room, references }) => [
      path,
      references.flatMap(({ specifier, kind }) => {
        const target = resolve(path, specifier);
        if (target === undefined || kind === "url") return [];
        return kind === "type" && target.startsWith(`${room}/`) ? [] : [target];
      }),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(path);
    if (seen >= 0) {
      cycles.push(`cycle: ${[...trail.slice(seen), path].join(" -> ")}`);
      return;
    }
    if (done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of [...next.keys()].toSorted()) visit(path, []);
  return cycles;
}
