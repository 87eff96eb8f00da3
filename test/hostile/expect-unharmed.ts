import { expect } from "vitest";
import { hiddenCode, type Reply } from "./hostile-shop.ts";

/** What only the inside knows: statements, stacks, places on the disk, names of tables and modules, hidden values. */
const insides: readonly RegExp[] = [
  new RegExp(hiddenCode),
  /argon2|tokenHash|_credentials|_sessions|_idempotency|_changes|"_row"/,
  /SELECT\s+(t|"|json)|INSERT INTO "|UPDATE "|DELETE FROM "|CREATE TABLE|SAVEPOINT|EXPLAIN QUERY/,
  /SQLITE_|sqlite3?[ :.]|constraint failed|no such (table|column)|near "|syntax error|malformed JSON path|fts5/i,
  /\n\s+at |\bat \S+ \(|\.[cm]?[jt]s:\d+|node:internal|node_modules/,
  /TypeError|RangeError|ReferenceError|SyntaxError|DOMException|Cannot read|is not a function|undefined is not/,
  /(^|[\s"'(])\/(home|usr|var|tmp|root|opt|proc|work)\//,
];

const keys = ["type", "title", "status", "code", "detail", "requestId"];

/**
 * Checks that an answer gives nothing of the inside away and is no failure of ours: a success, or a problem of the promised
 * shape below 500.
 *
 * @param sent what the attacker wrote, which an answer may repeat
 */
export function expectUnharmed(reply: Reply, what: string, sent: readonly string[] = []): void {
  const { status, headers, text } = reply;
  const about = `${what}: ${status} ${text.slice(0, 500)}`;
  expect(status, about).toBeGreaterThanOrEqual(200);
  expect(status, about).toBeLessThan(500);
  expect(headers.get("request-id"), about).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  const own = withoutEcho(text, sent);
  for (const inside of insides) expect(own, about).not.toMatch(inside);
  if (status < 400 || text === "") return;
  expect(headers.get("content-type"), about).toBe("application/problem+json");
  const problem: Record<string, unknown> = JSON.parse(text);
  expect(Object.keys(problem), about).toEqual("errors" in problem ? [...keys, "errors"] : keys);
  expect(problem["status"], about).toBe(status);
}

/** The text without what it repeats of the attacker's own words. */
function withoutEcho(text: string, sent: readonly string[]): string {
  return sent
    .filter((word) => word.length > 2)
    .flatMap((word) => [JSON.stringify(word).slice(1, -1), word])
    .reduce((rest, word) => rest.replaceAll(word, "…"), text);
}
