import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Stage, stageOf } from "../../bench/profile/stages.ts";

/** Where each stage does its work: a function that has moved is counted somewhere else, and nobody would see it. */
const places: readonly (readonly [Stage, file: string, name: string])[] = [
  ["http in", "server/node-host.ts", "answer"],
  ["http in", "server/node-body.ts", "readBody"],
  ["route", "server/handler.ts", "handle"],
  ["route", "kit/router.ts", "match"],
  ["identify", "auth/identity.ts", "identify"],
  ["identify", "rest/credentials.ts", "credentialsOf"],
  ["limit", "operations/rate-limits.ts", "admitCaller"],
  ["limit", "kit/rate-limiter.ts", "take"],
  ["validate", "rest/request-body.ts", "readJsonBody"],
  ["validate", "kit/json.ts", "parseJson"],
  ["validate", "operations/collection-operations.ts", "parse"],
  ["authorize", "operations/collection-operations.ts", "authorize"],
  ["authorize", "records/permission.ts", "permissionFor"],
  ["run", "operations/execute.ts", "execute"],
  ["run", "records/record-writer.ts", "createRecord"],
  ["statement", "database/sql/sql-reader.ts", "selectJson"],
  ["statement", "database/sqlite/sqlite-writer.ts", "insert"],
  ["feed", "database/sqlite/pending-feed.ts", "flush"],
  ["commit", "database/sqlite/group-commit.ts", "commitGroup"],
  ["hand-over", "server/command-channel.ts", "postEach"],
  ["hand-over", "server/command-wire.ts", "unwireCommand"],
  ["present", "rest/rest-routes.ts", "jsonAnswer"],
  ["present", "records/viewer.ts", "present"],
  ["log", "server/logger.ts", "write"],
  ["metrics", "kit/metrics.ts", "record"],
  ["http out", "server/node-answer.ts", "sendAnswer"],
];

describe("the stages of a profile", () => {
  test.each(places)("%s: %s, %s", (stage, file, name) => {
    expect(readFileSync(`src/${file}`, "utf8")).toMatch(new RegExp(`\\b${name}\\b`));
    expect(stageOf([{ file, name }])).toBe(stage);
  });

  const native = (name: string) => ({ file: "", name });
  const statement = { file: "database/sqlite/sqlite-connection.ts", name: "run" };

  test("what SQLite does belongs to the statement's stage, unless it ends a transaction", () => {
    const insert = { file: "database/sqlite/sqlite-writer.ts", name: "insert" };
    const commit = { file: "database/sqlite/group-commit.ts", name: "commitGroup" };
    expect(stageOf([insert, statement, native("run")])).toBe("SQLite");
    expect(stageOf([commit, statement, native("run")])).toBe("commit");
  });

  test("whoever identifies, limits or logs pays for what that calls, and a tool is paid by who uses it", () => {
    const identify = { file: "auth/identity.ts", name: "identify" };
    expect(stageOf([identify, statement, native("all")])).toBe("identify");
    const cursor = { file: "query/cursor.ts", name: "encodeCursor" };
    expect(stageOf([{ file: "operations/read-records.ts", name: "listText" }, cursor])).toBe("run");
    expect(
      stageOf([
        { file: "server/node-exchange.ts", name: "NodeExchange" },
        { file: "kit/uuid.ts", name: "uuidv7" },
      ]),
    ).toBe("http in");
  });

  test("Node's own functions are those of the stage that called them, or of what they do", () => {
    const node = (name: string, file: string) => ({ file: `node:${file}`, name });
    expect(stageOf([{ file: "server/node-answer.ts", name: "sendAnswer" }, node("end", "_http_outgoing")])).toBe(
      "http out",
    );
    expect(stageOf([node("parserOnHeadersComplete", "_http_common")])).toBe("http in");
    expect(stageOf([node("resOnFinish", "_http_server")])).toBe("http out");
    expect(stageOf([native("(program)")])).toBe("event loop");
    expect(stageOf([native("(garbage collector)")])).toBe("garbage");
  });
});
