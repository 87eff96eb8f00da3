import { expect, it } from "vitest";
import { createTurn } from "./postgres-turn.ts";

/** A turn whose statements say what they were asked for. */
function listening() {
  const sent: string[][] = [];
  const turn = createTurn();
  const gather = (kind: string, most = 10) =>
    turn.gather<string, string>(
      (_item, before) => before.length < most,
      (items) => {
        sent.push([kind, ...items]);
        return Promise.resolve((item) => `${kind} of ${item}`);
      },
    );
  return { turn, sent, gather };
}

it("makes one statement of alike things that follow one another, also through awaits, and answers each", async () => {
  const { sent, gather } = listening();
  const get = gather("get");
  const chain = async (name: string): Promise<string> => {
    await Promise.resolve();
    await Promise.resolve();
    return get(name);
  };
  expect(await Promise.all([get("a"), chain("b"), chain("c")])).toEqual(["get of a", "get of b", "get of c"]);
  expect(sent).toEqual([["get", "a", "b", "c"]]);
  await get("d");
  expect(sent).toEqual([
    ["get", "a", "b", "c"],
    ["get", "d"],
  ]);
});

it("keeps the order in which different things were asked for, and makes no statement larger than it may be", async () => {
  const { sent, gather } = listening();
  const insert = gather("insert", 2);
  const update = gather("update");
  await Promise.all([insert("a"), update("a"), insert("b"), insert("c"), insert("d")]);
  expect(sent).toEqual([
    ["insert", "a"],
    ["update", "a"],
    ["insert", "b", "c"],
    ["insert", "d"],
  ]);
});

it("sends what has gathered at once where something else has to come after it", async () => {
  const { turn, sent, gather } = listening();
  const insert = gather("insert");
  const first = insert("a");
  expect([turn.waiting, sent]).toEqual([1, []]);
  turn.send();
  expect([turn.waiting, sent]).toEqual([0, [["insert", "a"]]]);
  await Promise.all([first, insert("b")]);
  expect(sent).toEqual([
    ["insert", "a"],
    ["insert", "b"],
  ]);
});

it("answers each with the failure of its statement", async () => {
  const turn = createTurn();
  const failure = new Error("no");
  const get = turn.gather<string, string>(
    () => true,
    () => Promise.reject(failure),
  );
  const answers = await Promise.allSettled([get("a"), get("b")]);
  expect(answers).toEqual([
    { status: "rejected", reason: failure },
    { status: "rejected", reason: failure },
  ]);
});
