import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** What packages take on disk, and how many they are. */
export interface InstalledSize {
  readonly bytes: number;
  readonly packages: number;
}

/**
 * The size of packages and all that they depend on, as they are installed in a folder.
 *
 * @param root a folder with a package-lock.json and node_modules
 * @param names of the packages that an application names itself
 */
export function installedSize(root: string, names: readonly string[]): InstalledSize {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, Package>>;
  };
  const found = new Set<string>();

  /** As Node looks for a package: beside who asks, then further up. */
  function place(name: string, from: string): string | undefined {
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
      const path = `${at === "" ? "" : `${at}/`}node_modules/${name}`;
      if (packages[path] !== undefined) return path;
      if (at === "") return undefined;
    }
  }

  function add(name: string, from: string): void {
    const path = place(name, from);
    // Optional ones for other machines aren't there.
    if (path === undefined || found.has(path) || !existsSync(join(root, path))) return;
    found.add(path);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = packages[path] ?? {};
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) add(needed, path);
    // A peer counts where it is installed for something else anyway.
    for (const needed of Object.keys(peerDependencies)) if (names.includes(needed)) add(needed, path);
  }

  for (const name of names) add(name, "");
  const bytes = [...found].reduce((sum, path) => sum + sizeOf(join(root, path), true), 0);
  return { bytes, packages: found.size };
}

/** Bytes of the files in a folder. */
export function sizeOf(path: string, withoutPackages = false): number {
  const entry = lstatSync(path);
  if (!entry.isDirectory()) return entry.isSymbolicLink() ? 0 : entry.size;
  return readdirSync(path).reduce(
    (sum, name) => sum + (withoutPackages && name === "node_modules" ? 0 : sizeOf(join(path, name), withoutPackages)),
    0,
  );
}
