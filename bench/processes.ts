import { readdirSync, readFileSync } from "node:fs";

/** What the processes of a server have cost so far; undefined where the system doesn't tell as Linux does. */
export interface Usage {
  /** Microseconds of processor time. */
  readonly cpu: number;
  /** Bytes of memory of their own: without files that are mapped, which the system takes back when it likes. */
  readonly memory: number;
}

/** Usage of the processes in a group. */
export function usageOf(group: number): Usage | undefined {
  if (process.platform !== "linux") return undefined;
  let cpu = 0;
  let memory = 0;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // After the name in brackets come state, parent and group; user and system time are the 12th and 13th.
      const fields = readFileSync(`/proc/${name}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
      if (Number(fields[2]) !== group) continue;
      // Linux counts these in hundredths of a second, whatever its clock.
      cpu += (Number(fields[11]) + Number(fields[12])) * 10_000;
      const anonymous = /RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${name}/status`, "latin1"))?.[1];
      memory += Number(anonymous ?? 0) * 1024;
    } catch {
      // It has ended meanwhile.
    }
  }
  return { cpu, memory };
}
