#!/usr/bin/env node
// `npm create galley my-app` is `galley create my-app`, for those who have no Galley yet.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const [node = "", , ...given] = process.argv;
const galley = join(dirname(createRequire(import.meta.url).resolve("galley/package.json")), "bin", "galley.js");
process.argv = [node, galley, "create", ...given];
await import(pathToFileURL(galley).href);
