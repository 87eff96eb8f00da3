import { describe, expect, it } from "vitest";
import {
  action,
  backend,
  collection,
  everyone,
  list,
  object,
  owner,
  ref,
  role,
  signedIn,
  text,
  users,
} from "../../src/index.ts";
import type { Decide } from "../../src/schema/rule.ts";
import { createTestApp } from "../../src/testing/index.ts";
import { engines, onEngine } from "./on-engine.ts";
import type { Answer, Body, Caller, OpenApp } from "./open-app.ts";

// Who refers to a record may be let in by a rule: nobody refers to what they don't see, wherever the reference stands.
const nothing = "0192d3a0-7b1c-7def-8123-456789abcdef";
const notes = collection("notes", {
  fields: { owner: ref("users").default(({ user }) => user?.id ?? null), words: text() },
  access: { read: owner("owner"), write: owner("owner") },
});
const topics = collection("topics", { fields: { name: text() }, access: { read: everyone, write: role("admin") } });
const boards = collection("boards", {
  fields: {
    notes: list(ref("notes")).default([]),
    pinned: object({ note: ref("notes").optional(), topic: ref("topics").optional() }).optional(),
    rows: list(object({ label: text(), cells: list(ref("notes").optional()) })).default([]),
    topics: list(ref("topics")).default([]),
    people: list(ref("users")).default([]),
  },
  access: { read: everyone, write: signedIn },
});
const post = action("post", {
  input: { note: ref("notes"), free: text().optional() },
  output: boards,
  access: signedIn,
  run: ({ input, db }) => (input.free === null ? db(boards) : db.unrestricted(boards)).create({ notes: [input.note] }),
});
/** A rule for administrators, and for those whose teams a field names. */
const ofTeams =
  (field: string): Decide =>
  ({ user }) =>
    user !== null &&
    (user.roles.includes("admin") || {
      [field]: { in: ("teams" in user ? (user.teams as string[] | null) : null) ?? [] },
    });
const teams = collection("teams", { fields: { name: text() }, access: { read: ofTeams("id") } });
const plans = collection("plans", {
  fields: { team: ref("teams"), words: text() },
  access: { read: ofTeams("team") },
});
const members = { collections: [users({ fields: { teams: list(ref("teams")).default([]) } }), teams, plans] };
const definition = { collections: [notes, topics, boards], actions: [post] };

describe.for(engines)("a reference inside of a list or an object, on %s", (engine) => {
  it.for<[string, string, (id: string) => object]>([
    ["in a list", "/notes/0", (id) => ({ notes: [id] })],
    ["in a list, among others", "/notes/1", (id) => ({ notes: ["mine", id, "mine"] })],
    ["in an object", "/pinned/note", (id) => ({ pinned: { note: id } })],
    [
      "deeper still",
      "/rows/1/cells/1",
      (id) => ({
        rows: [
          { label: "a", cells: [] },
          { label: "b", cells: [null, id] },
        ],
      }),
    ],
  ])("%s must lead to what the writer sees, by every way of writing", async ([, path, input]) => {
    await onEngine(engine, definition, async ({ user }) => {
      const { ada, bob, hers, his } = await scene(user);
      const sent = (id: string): object => JSON.parse(JSON.stringify(input(id)).replaceAll("mine", his)) as object;
      const { id } = (await bob.post("/boards", {})).body as { id: string };
      const ways: ((body: object) => Promise<Answer>)[] = [
        (body) => bob.post("/boards", body),
        (body) => bob.patch(`/boards/${id}`, body),
        (body) => bob.put(`/boards/${id}`, body),
        (body) => bob.put("/boards/0192d3a0-7b1c-7def-8123-456789abcdee", body),
      ];
      for (const way of ways) {
        const [unseen, missing] = [await way(sent(hers)), await way(sent(nothing))];
        expect(unseen.body).toMatchObject({
          status: 409,
          code: "conflict",
          errors: [{ path, code: "invalid_reference" }],
        });
        expect({ ...unseen.body, requestId: "" }).toEqual({ ...missing.body, requestId: "" });
      }
      const many = await bob.post("/boards", [{}, sent(hers)]);
      expect(many).toMatchObject({ status: 409, body: { errors: [{ path: `/1${path}` }] } });
      for (const way of ways) expect((await way(sent(his))).status).toBeLessThan(300);
      // What was there may stay: the next writer need not see it.
      expect((await ada.patch(`/boards/${id}`, { ...sent(his), topics: [] })).status).toBe(200);
    });
  });

  it("that was there may stay beside a new one, which is looked at", async () => {
    await onEngine(engine, definition, async ({ user }) => {
      const { ada, bob, hers, his } = await scene(user);
      const { id } = (await bob.post("/boards", { notes: [his] })).body as { id: string };
      expect((await ada.patch(`/boards/${id}`, { notes: [hers, his] })).status).toBe(200);
      expect((await ada.patch(`/boards/${id}`, { notes: [hers, his, nothing] })).status).toBe(409);
      expect((await bob.patch(`/boards/${id}`, { pinned: { note: hers } })).status).toBe(409);
      expect((await bob.delete(`/notes/${his}`)).status).toBe(204);
      expect((await ada.patch(`/boards/${id}`, { notes: [his, hers] })).status).toBe(200);
    });
  });

  it("must lead to a record even where everyone sees all of them, and may lead to the writer", async () => {
    await onEngine(engine, definition, async ({ user, admin }) => {
      const bob = await user("bob");
      const topic = String((await admin.post("/topics", { name: "Ships" })).body["id"]);
      expect((await bob.post("/boards", { topics: [topic], pinned: { topic } })).status).toBe(201);
      const missing = await bob.post("/boards", { topics: [topic, nothing], pinned: { topic: "none" } });
      expect(missing.body).toMatchObject({
        detail: "pinned.topic refers to a record of topics that does not exist.",
        errors: [{ path: "/pinned/topic" }, { path: "/topics/1" }],
      });
      expect((await bob.post("/boards", { people: [bob.id] })).status).toBe(201);
      expect((await bob.post("/boards", { people: [bob.id, admin.id] })).status).toBe(409);
    });
  });

  it("is looked at for an action that acts with the caller's rights, and not for one that acts without rules", async () => {
    await onEngine(engine, definition, async ({ user }) => {
      const { bob, hers, his } = await scene(user);
      expect((await bob.post("/actions/post", { note: his })).status).toBe(200);
      expect(await bob.post("/actions/post", { note: hers })).toMatchObject({ status: 409, code: "conflict" });
      expect((await bob.post("/actions/post", { note: hers, free: "yes" })).status).toBe(200);
    });
  });

  it("opens nothing to who puts a team's id into their own record", async () => {
    await onEngine(engine, members, async ({ user, admin }) => {
      const team = String((await admin.post("/teams", { name: "Secret" })).body["id"]);
      await admin.post("/plans", { team, words: "launch at dawn" });
      const bob = await user("bob");
      const refusal = async (id: string) => ({
        ...(await bob.patch(`/users/${bob.id}`, { teams: [id] })).body,
        requestId: "",
      });
      expect(await refusal(team)).toMatchObject({
        status: 409,
        errors: [{ path: "/teams/0", code: "invalid_reference" }],
      });
      expect(await refusal(team)).toEqual(await refusal(nothing));
      expect((await bob.get("/plans")).body).toMatchObject({ data: [] });
      expect((await admin.patch(`/users/${bob.id}`, { teams: [team] })).status).toBe(200);
      expect((await bob.get("/plans")).body).toMatchObject({ data: [{ words: "launch at dawn" }] });
    });
  });
});

describe.for(engines)("a reference of who signs up, on %s", (engine) => {
  const home = object({ team: ref("teams").optional(), topic: ref("topics").optional() });
  const fields = {
    teams: list(ref("teams")).default([]),
    home: home.optional(),
    topics: list(ref("topics")).default([]),
  };

  it("must lead to what they see then: one to what is hidden is answered like one to nothing", async () => {
    await onEngine(engine, { collections: [users({ fields }), teams, plans, topics] }, async ({ anonymous, admin }) => {
      const team = String((await admin.post("/teams", { name: "Secret" })).body["id"]);
      const topic = String((await admin.post("/topics", { name: "Ships" })).body["id"]);
      const signUp = (more: object) =>
        anonymous.post("/auth/sign-up", { email: "mallory@example.com", password: "long enough", ...more });
      const ways: [string, (id: string) => object][] = [
        ["/teams/0", (id) => ({ teams: [id] })],
        ["/home/team", (id) => ({ home: { team: id } })],
      ];
      for (const [path, input] of ways) {
        const [unseen, missing] = [await signUp(input(team)), await signUp(input(nothing))];
        expect(unseen.body).toMatchObject({ status: 409, errors: [{ path, code: "invalid_reference" }] });
        expect({ ...unseen.body, requestId: "" }).toEqual({ ...missing.body, requestId: "" });
      }
      expect((await signUp({ topics: [topic, nothing] })).body).toMatchObject({ errors: [{ path: "/topics/1" }] });
      expect((await signUp({ topics: [topic], home: { topic } })).status).toBe(201);
    });
  });
});

it("A reference that everyone who signs up must have leads to what they see", async () => {
  const required = users({ fields: { team: ref("teams"), topic: ref("topics") } });
  await using app = await createTestApp(backend({ collections: [required, teams, topics] }));
  const { id: team } = await app.create(teams, { name: "Secret" });
  const { id: topic } = await app.create(topics, { name: "Ships" });
  const signUp = (body: object) =>
    app.post<Body>("/api/auth/sign-up", { email: "mallory@example.com", password: "long enough", topic, ...body });
  const [unseen, missing] = [await signUp({ team }), await signUp({ team: nothing })];
  expect(unseen.body).toMatchObject({ status: 409, errors: [{ path: "/team", code: "invalid_reference" }] });
  expect({ ...unseen.body, requestId: "" }).toEqual({ ...missing.body, requestId: "" });
});

async function scene(user: OpenApp["user"]) {
  const [ada, bob] = [await user("ada"), await user("bob")];
  const note = async (caller: Caller) => String((await caller.post("/notes", { words: "mine" })).body["id"]);
  return { ada, bob, hers: await note(ada), his: await note(bob) };
}
