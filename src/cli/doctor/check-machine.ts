import { existsSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Argon2idProgram, findArgon2id } from "../../auth/argon2id.ts";
import { checkFolder } from "../../server/check-folder.ts";
import { checkPort } from "../../server/check-port.ts";
import type { Configuration } from "../../server/index.ts";
import { sizeText } from "../../kit/size-text.ts";
import { type Finding, ok, problem, reasonOf, warning } from "./finding.ts";

/** Less free than this, in bytes, and writes fail any moment. */
const leastFree = 100_000_000;
/** Bits of a file's mode that let others than its owner in. */
const others = 0o077;

/** What the machine gives: a port, a program that hashes passwords, a folder that nobody else reads, room on its disk. */
export async function checkMachine(configuration: Configuration, hashing = findArgon2id()): Promise<Finding[]> {
  const { database, dataFolder } = configuration;
  const findings = [await portOf(configuration), passwords(await hashing)];
  if (database.engine === "sqlite") {
    const folder = dirname(database.file);
    findings.push(...access(folder, database.file), ...disk(folder, database.file));
  } else if (existsSync(dataFolder)) findings.push(...access(dataFolder, undefined));
  return findings;
}

async function portOf({ port, host }: Configuration): Promise<Finding> {
  try {
    await checkPort(port, host);
    return ok("port", `${host}:${port} is free`);
  } catch (error) {
    if (await isServing(port, host)) return ok("port", `a server answers at ${host}:${port}`);
    return problem(
      "port",
      `${host}:${port} can't be used: ${reasonOf(error)}`,
      "Set PORT or HOST to another, or end who listens there",
    );
  }
}

function passwords({ isFast }: Argon2idProgram): Finding {
  return isFast
    ? ok("passwords", "hashed by @node-rs/argon2")
    : warning(
        "passwords",
        "hashed by Node.js itself, which takes twice as long: @node-rs/argon2 has no program for this system here",
        "Install without --omit=optional, on the system that the server runs on",
      );
}

async function isServing(port: number, host: string): Promise<boolean> {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host;
  try {
    return (await fetch(`http://${name}:${port}/healthz`, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

function access(folder: string, file: string | undefined): Finding[] {
  if (!existsSync(folder)) return [ok("permissions", `${folder} is not there yet; galley start makes it`)];
  try {
    checkFolder(folder);
  } catch (error) {
    return [problem("permissions", reasonOf(error), `Give ${folder} to the user that Galley runs as`)];
  }
  // Windows has no such bits.
  if (process.platform === "win32") return [];
  if ((statSync(folder).mode & others) === 0) return [ok("permissions", `${folder} is for its owner only`)];
  const files = file === undefined ? [] : [file, `${file}-wal`];
  const open = files.find((one) => ((statSync(one, { throwIfNoEntry: false })?.mode ?? 0) & others) !== 0);
  return open === undefined
    ? [ok("permissions", `the files in ${folder} are for their owner only`)]
    : [warning("permissions", `other users of this machine can read ${open}`, `chmod 700 ${folder}`)];
}

function disk(folder: string, file: string): Finding[] {
  if (!existsSync(folder)) return [];
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  // What was written last is in the log still.
  const data = sizeOf(file) + sizeOf(`${file}-wal`);
  const message = `${sizeText(free)} free, ${sizeText(data)} of data`;
  if (free < leastFree) return [problem("disk", message, "Make room: what can't be written is refused")];
  if (free < data + leastFree)
    return [
      warning("disk", message, "Make room: a backup, or a change of the schema, needs as much as the data once more"),
    ];
  return [ok("disk", message)];
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
