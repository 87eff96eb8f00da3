import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { GalleyError } from "../kit/galley-error.ts";
import { formatLogLine } from "./log-line.ts";
import { createLogger } from "./logger.ts";

function capture(options: Partial<Parameters<typeof createLogger>[0]> = {}): {
  lines: string[];
  log: ReturnType<typeof createLogger>;
} {
  const lines: string[] = [];
  const log = createLogger({
    level: "debug",
    terminal: false,
    output: { write: (line) => lines.push(line) },
    ...options,
  });
  return { lines, log };
}

describe("createLogger", () => {
  it("writes one JSON object per line", () => {
    const { lines, log } = capture({ fields: { thread: 2 } });
    log.info({ requestId: "1", status: 200 }, "Answered");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\n$/);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      thread: 2,
      requestId: "1",
      status: 200,
      message: "Answered",
    });
  });

  it("leaves out what is below its level", () => {
    const { lines, log } = capture({ level: "warn" });
    log.debug({}, "a");
    log.info({}, "b");
    log.warn({}, "c");
    log.error({}, "d");
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(["c", "d"]);
    const silent = capture({ level: "silent" });
    silent.log.error({}, "e");
    expect(silent.lines).toEqual([]);
  });

  it("shows no secrets", () => {
    const { lines, log } = capture();
    log.info(
      { authorization: "Bearer hunter2", headers: { cookie: "hunter2", "set-cookie": ["hunter2"], accept: "a" } },
      "x",
    );
    log.info({ request: { headers: { authorization: "hunter2" } }, input: { password: "hunter2" } }, "x");
    expect(lines.join("")).not.toContain("hunter2");
    expect(lines[0]).toContain('"accept":"a"');
  });

  it("tells an error with its stack and its causes", () => {
    const { lines, log } = capture();
    const cause = new Error("the disk is full");
    log.error({ error: new GalleyError("internal", "It failed.", { cause }) }, "Failed");
    const { error } = JSON.parse(lines[0] ?? "");
    expect(error).toMatchObject({ code: "internal" });
    expect(error.stack).toContain("logger.test.ts");
    expect(error.stack).toContain("the disk is full");
  });

  it("loses no line when the process ends at once", () => {
    const script = `
      import { createLogger } from ${JSON.stringify(new URL("./logger.ts", import.meta.url).href)};
      const log = createLogger({ level: "info" });
      for (let count = 0; count < 1000; count++) log.info({ count }, "line");
      log.flush();
      process.exit(0);`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
    expect(stdout.trim().split("\n")).toHaveLength(1000);
  });

  it("writes for people when they read", () => {
    const { lines, log } = capture({ terminal: true });
    log.info({ port: 3000 }, "Listening");
    expect(lines[0]).toContain("Listening");
    expect(lines[0]).toContain("port=3000");
    expect(lines[0]).not.toContain("{");
  });
});

describe("formatLogLine", () => {
  const time = "2026-01-02T03:04:05.678Z";

  it("puts time, level, message and fields on one line, and stacks below", () => {
    const line = JSON.stringify({
      level: "error",
      time,
      path: "/a b",
      status: 500,
      error: { stack: "E\n at x" },
      message: "No",
    });
    expect(formatLogLine(line, false)).toBe('03:04:05.678 error No path="/a b" status=500\n  E\n   at x\n');
  });

  it("lets nothing that is logged drive the terminal", () => {
    const evil = "\u001b[2J\u009b\r\n";
    const line = JSON.stringify({ level: "info", time, message: evil, [evil]: evil, error: { stack: evil } });
    expect(formatLogLine(line, false).replaceAll("\n", "")).toMatch(/^[ -~]*$/);
    expect(formatLogLine(line, true)).toContain("\u001b[36minfo ");
  });
});
