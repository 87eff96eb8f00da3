import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { showBytes, showCount } from "./statistics.ts";

/** The machine in a few lines of Markdown: figures mean nothing without it. */
export function describeMachine(folder: string): string {
  const processor = cpus()[0]?.model.trim().replaceAll(/\s+/g, " ") ?? "unknown";
  return [
    `- Processor: ${processor}, ${availableParallelism()} cores`,
    `- Memory: ${showBytes(totalmem())}`,
    `- System: ${type()} ${release()}, ${distribution()}`,
    `- Files: ${fileSystemOf(folder)}`,
    `- Node.js ${process.version}, SQLite ${process.versions["sqlite"] ?? "unknown"}`,
  ].join("\n");
}

/** Which Galley was measured, and when. */
export function describeCode(): string {
  const day = new Date().toISOString().slice(0, 10);
  try {
    const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8", stdio: "pipe" }).trim();
    return `${day}, commit ${commit}`;
  } catch {
    return day;
  }
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown";
  } catch {
    return process.platform;
  }
}

function fileSystemOf(folder: string): string {
  try {
    const [, kind = "unknown"] = execFileSync("df", ["--output=fstype", folder], { encoding: "utf8" }).split("\n");
    return kind.trim();
  } catch {
    return "unknown";
  }
}

/** How often a second the disk takes a page for good: durable writes can't be faster than that, only more at a time. */
export function syncsPerSecond(folder: string): string {
  const path = join(folder, `sync-${process.pid}`);
  const file = openSync(path, "w");
  const page = Buffer.alloc(4096);
  const began = performance.now();
  let count = 0;
  for (; performance.now() - began < 500; count++) {
    writeSync(file, page, 0, page.length, (count % 1000) * page.length);
    fdatasyncSync(file);
  }
  const rate = (count * 1000) / (performance.now() - began);
  closeSync(file);
  rmSync(path);
  return showCount(rate);
}
