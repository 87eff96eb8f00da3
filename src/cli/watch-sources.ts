import { type FSWatcher, readdirSync, watch } from "node:fs";
import { dirname, join } from "node:path";

/** Folders whose changes are not the application's. */
const ignored = new Set(["node_modules", "data", "dist", "build", "coverage"]);
/** What a definition is made of; what the application itself writes is none of it. */
const source = /\.([cm]?[jt]s|json)$/;
/** Editors write a file in several steps; they are taken for one. */
const settle = 25;

/** What is watched for changes. */
export interface SourceWatch {
  /** Watches a file, absolute, that the application has loaded from elsewhere. */
  follow(file: string): void;
}

/**
 * Calls back when a source of the application has changed: a module or a JSON file in a folder or below, or its `.env`.
 * Each folder has a watcher of its own: one for the whole tree loses sight of files that are replaced by others, as many
 * editors save them.
 *
 * @param data the folder that the server writes to
 */
export function watchSources(folder: string, data: string, changed: () => void): SourceWatch {
  const watchers = new Map<string, FSWatcher>();
  const elsewhere = new Map<string, FSWatcher>();
  const followed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  function add(place: string): void {
    if (watchers.has(place) || place === data) return;
    try {
      const watcher = watch(place, (_event, name) => seen(place, name ?? ""));
      // A folder that is deleted ends its watcher.
      watcher.on("error", () => watchers.delete(place));
      watchers.set(place, watcher);
    } catch {
      // It was deleted between being seen and being watched.
      return;
    }
    addFoldersOf(place);
  }

  function addFoldersOf(place: string): void {
    for (const entry of foldersOf(place)) {
      if (!ignored.has(entry) && !entry.startsWith(".")) add(join(place, entry));
    }
  }

  function seen(place: string, name: string): void {
    if (source.test(name) ? name.startsWith(".") : name !== ".env") {
      // It may be a new folder.
      if (!name.includes(".")) addFoldersOf(place);
      return;
    }
    report();
  }

  function report(): void {
    clearTimeout(timer);
    timer = setTimeout(changed, settle);
  }

  function follow(file: string): void {
    const place = dirname(file);
    followed.add(file);
    if (watchers.has(place) || elsewhere.has(place)) return;
    try {
      // The folder, as above: a watcher of the file would lose it when it is replaced.
      const watcher = watch(place, (_event, name) => {
        if (followed.has(join(place, name ?? ""))) report();
      });
      watcher.on("error", () => elsewhere.delete(place));
      elsewhere.set(place, watcher);
    } catch {
      // It was deleted after it was loaded.
    }
  }

  add(folder);
  return { follow };
}

/** Names of the folders in a folder; none when it is gone. */
function foldersOf(place: string): string[] {
  try {
    return readdirSync(place, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}
