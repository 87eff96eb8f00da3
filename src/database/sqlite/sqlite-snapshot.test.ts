import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { type Connection, openConnection, type SqliteSql } from "./sqlite-connection.ts";
import { createSnapshot } from "./sqlite-snapshot.ts";

const one: SqliteSql = { text: "SELECT 1", values: [] };
const map = { fit: () => undefined, look: () => undefined, changed: () => undefined };

function open() {
  const connection = openConnection({ path: ":memory:", readOnly: false });
  onTestFinished(() => connection.close());
  return connection;
}

/** A connection of which every second statement meets a disk that fails, which ends its transaction. */
function failing(connection: Connection): Pick<Connection, "all" | "run" | "inTransaction"> {
  let asked = 0;
  return {
    get inTransaction() {
      return connection.inTransaction;
    },
    run: (sql) => connection.run(sql),
    all(sql) {
      if (++asked % 2 === 1) return connection.all(sql);
      connection.execute("ROLLBACK");
      throw new Error("disk I/O error");
    },
  };
}

it("goes on when a disk that fails has ended its transaction", async () => {
  const connection = open();
  const snapshot = createSnapshot(failing(connection), { current: () => 7 }, map);
  for (let turn = 0; turn < 2; turn++) {
    expect(snapshot.all(one)).toEqual([[1]]);
    expect(() => snapshot.all(one)).toThrow("disk I/O error");
    expect(snapshot.all(one)).toEqual([[1]]);
    expect(connection.inTransaction).toBe(true);
    expect(() => snapshot.all(one)).toThrow("disk I/O error");
    // Where it ended a transaction that is none, the whole thread would end here.
    await nextTurn();
  }
  snapshot.end();
  expect(connection.inTransaction).toBe(false);
});

it("lasts for one turn of the event loop, and no longer than until the next commit", async () => {
  const connection = open();
  let commits = 0;
  const snapshot = createSnapshot(connection, { current: () => commits }, map);
  const begun = (): unknown => connection.inTransaction;
  snapshot.all(one);
  expect(begun()).toBe(true);
  commits++;
  snapshot.all(one);
  expect(begun()).toBe(true);
  await nextTurn();
  expect(begun()).toBe(false);
});
