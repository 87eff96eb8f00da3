import { builtinModules } from "node:module";

/** Names that something else has: npm, Node.js, Windows, and Galley itself, on which the application depends. */
const reserved = new Set(["node_modules", "favicon.ico", "galley", "con", "prn", "aux", "nul", ...builtinModules]);
const device = /^(com|lpt)\d$/;

/** What keeps a name from being that of an application, its folder and its package; undefined where nothing does. */
export function mistakeInAppName(name: string): string | undefined {
  if (/[/\\]/.test(name))
    return "it is a path. Give a name alone, in the folder where the application's folder should be";
  if (name.length === 0 || name.length > 214) return "it must have 1 to 214 characters";
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name))
    return "npm takes lower-case letters, digits, dots, hyphens and underscores, with a letter or digit at the start";
  if (name.endsWith(".")) return "Windows has no folders that end with a dot";
  if (reserved.has(name) || device.test(name)) return "it is reserved for something else";
  return undefined;
}
