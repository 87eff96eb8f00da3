import { readFileSync } from "node:fs";
import { isPlainObject } from "../schema/validator.ts";

const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** The version of this package. */
export const version = isPlainObject(manifest) ? String(manifest["version"]) : "unknown";
