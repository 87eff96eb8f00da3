import { describe, expect, it } from "vitest";
import { collection } from "../../src/schema/collection.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone } from "../../src/schema/rule.ts";
import { openApp } from "./open-app.ts";

const access = { read: everyone, write: everyone };
const name = text().default("");

const teams = collection("teams", {
  fields: { name, captain: ref("players", { onDelete: "cascade", inverse: "captainOf" }).optional() },
  access,
});
const players = collection("players", {
  fields: {
    name,
    team: ref("teams", { onDelete: "cascade" }),
    friend: ref("players", { onDelete: "clear", inverse: "friends" }).optional(),
    trainer: ref("players", { onDelete: "restrict", inverse: "trains" }).optional(),
  },
  access,
});
const notes = collection("notes", {
  fields: {
    name,
    player: ref("players", { onDelete: "clear" }).optional(),
    team: ref("teams", { onDelete: "restrict" }).optional(),
  },
  access,
});
const folders = collection("folders", {
  fields: { name, parent: ref("folders", { onDelete: "cascade" }).optional() },
  access,
});

async function open() {
  const app = await openApp({ collections: [teams, players, notes, folders] });
  const make = async (kind: string, fields: object = {}) => {
    const answer = await app.anonymous.post(`/${kind}`, fields);
    if (answer.status !== 201) throw new Error(answer.text);
    return String(answer.body["id"]);
  };
  const count = async (kind: string) => (await app.anonymous.get(`/${kind}?total=true`)).body["total"];
  const entries = (from: number) => app.feed().slice(from);
  return { ...app, make, count, entries };
}

describe("deleting a record", () => {
  it("is refused while something refers to it with restrict, and nothing is changed", async () => {
    const { anonymous, make, feed, count } = await open();
    const team = await make("teams");
    const player = await make("players", { team });
    await make("notes", { team, player });
    const entries = feed().length;
    const answer = await anonymous.delete(`/teams/${team}`);
    expect(answer.body).toMatchObject({
      status: 409,
      errors: [{ code: "referenced", message: expect.stringContaining("notes.team") as unknown }],
    });
    expect(feed()).toHaveLength(entries);
    expect(await count("players")).toBe(1);
  });

  it("takes along what cascades, clears what is to be cleared, and notes every record that it touches", async () => {
    const { anonymous, make, feed } = await open();
    const team = await make("teams", { name: "t" });
    const player = await make("players", { name: "p", team });
    const other = await make("players", { name: "o", team: await make("teams"), friend: player });
    const note = await make("notes", { player });
    const from = feed().length;
    await anonymous.delete(`/teams/${team}`, { "request-id": "one-request" });
    const touched = feed().slice(from);
    expect(touched.every(({ request }) => request === "one-request")).toBe(true);
    const kinds = new Map(touched.map((entry) => [entry.record, entry]));
    expect(touched).toHaveLength(4);
    expect(kinds.get(team)).toMatchObject({ kind: "deleted", before: { name: "t" }, after: null });
    expect(kinds.get(player)).toMatchObject({ kind: "deleted", before: { name: "p", team } });
    expect(kinds.get(other)).toMatchObject({ kind: "updated", before: { friend: player }, after: { friend: null } });
    expect(kinds.get(note)).toMatchObject({ kind: "updated", before: { player }, after: { player: null } });
    expect((await anonymous.get(`/notes/${note}`)).body).toMatchObject({ player: null, version: 2 });
  });

  it("knows records that refer to themselves", async () => {
    const { anonymous, make, count } = await open();
    const team = await make("teams");
    const player = await make("players", { team });
    await anonymous.patch(`/players/${player}`, { trainer: player, friend: player });
    const folder = await make("folders");
    await anonymous.patch(`/folders/${folder}`, { parent: folder });
    expect((await anonymous.delete(`/players/${player}`)).status).toBe(204);
    expect((await anonymous.delete(`/folders/${folder}`)).status).toBe(204);
    expect([await count("players"), await count("folders")]).toEqual([0, 0]);
  });

  it("is refused by another record even where one refers to itself", async () => {
    const { anonymous, make } = await open();
    const team = await make("teams");
    const trainer = await make("players", { team });
    await anonymous.patch(`/players/${trainer}`, { trainer });
    for (let index = 0; index < 3; index++) await make("players", { team, trainer });
    expect((await anonymous.delete(`/players/${trainer}`)).body).toMatchObject({ errors: [{ code: "referenced" }] });
  });

  it("takes circles with it, each record once", async () => {
    const { anonymous, make, feed, count } = await open();
    const team = await make("teams", { name: "t" });
    const captain = await make("players", { name: "c", team });
    await anonymous.patch(`/teams/${team}`, { captain });
    for (const path of [`/teams/${team}`]) {
      const from = feed().length;
      expect((await anonymous.delete(path)).status).toBe(204);
      expect(
        feed()
          .slice(from)
          .map(({ kind }) => kind),
      ).toEqual(["deleted", "deleted"]);
    }
    const [a, b, c] = [await make("folders"), await make("folders"), await make("folders")];
    await anonymous.patch(`/folders/${a}`, { parent: b });
    await anonymous.patch(`/folders/${b}`, { parent: c });
    await anonymous.patch(`/folders/${c}`, { parent: a });
    expect((await anonymous.delete(`/folders/${b}`)).status).toBe(204);
    expect([await count("teams"), await count("players"), await count("folders")]).toEqual([0, 0, 0]);
  });

  it("takes a circle that begins with the other record, too", async () => {
    const { anonymous, make, count } = await open();
    const team = await make("teams");
    const captain = await make("players", { team });
    await anonymous.patch(`/teams/${team}`, { captain });
    expect((await anonymous.delete(`/players/${captain}`)).status).toBe(204);
    expect([await count("teams"), await count("players")]).toEqual([0, 0]);
  });

  it("takes along what refers with restrict, when that goes as well", async () => {
    const { anonymous, make, count } = await open();
    const team = await make("teams");
    const trainer = await make("players", { team });
    await make("players", { team, trainer });
    expect((await anonymous.delete(`/players/${trainer}`)).status).toBe(409);
    expect((await anonymous.delete(`/teams/${team}`)).status).toBe(204);
    expect(await count("players")).toBe(0);
  });

  it("takes more records along than one page holds", async () => {
    const { anonymous, make, count, feed } = await open();
    const team = await make("teams");
    const many = Array.from({ length: 700 }, (_, index) => ({ name: String(index), team }));
    expect((await anonymous.post("/players", many)).status).toBe(201);
    const from = feed().length;
    expect((await anonymous.delete(`/teams/${team}`)).status).toBe(204);
    expect(await count("players")).toBe(0);
    expect(
      new Set(
        feed()
          .slice(from)
          .map(({ record }) => record),
      ).size,
    ).toBe(701);
  });

  it("takes a wide tree along, each record once, children before their parents", async () => {
    const { anonymous, make, count, entries, feed } = await open();
    const root = await make("folders");
    const makeMany = async (kind: string, records: readonly object[]) => {
      const answer = await anonymous.post(`/${kind}`, records);
      return (answer.body["data"] as { readonly id: string }[]).map(({ id }) => id);
    };
    const children = await makeMany(
      "folders",
      Array.from({ length: 600 }, () => ({ parent: root })),
    );
    // Most have one child or none, and two have more than are taken at a time.
    const one = await makeMany(
      "folders",
      children.slice(0, 300).map((parent) => ({ parent })),
    );
    for (const parent of [one[7], one[8]])
      await makeMany(
        "folders",
        Array.from({ length: 600 }, () => ({ parent })),
      );
    const stays = await make("folders");
    const from = feed().length;
    expect((await anonymous.delete(`/folders/${root}`)).status).toBe(204);
    const gone = entries(from);
    expect(gone.every(({ kind }) => kind === "deleted")).toBe(true);
    const order = new Map(gone.map(({ record }, index) => [record, index]));
    expect([gone.length, order.size]).toEqual([2101, 2101]);
    for (const { record, before } of gone) {
      const { parent } = before as { readonly parent?: string };
      if (parent !== undefined) expect(order.get(parent)).toBeGreaterThan(order.get(record) ?? Infinity);
    }
    expect([await count("folders"), (await anonymous.get(`/folders/${stays}`)).status]).toEqual([1, 200]);
  });

  it("is refused by one of many, wherever it is", async () => {
    const { anonymous, make, count } = await open();
    const team = await make("teams");
    const many = Array.from({ length: 700 }, () => ({ team }));
    const made = (await anonymous.post("/players", many)).body["data"] as { readonly id: string }[];
    await make("players", { team: await make("teams"), trainer: made[650]?.id });
    expect((await anonymous.delete(`/teams/${team}`)).body).toMatchObject({ errors: [{ code: "referenced" }] });
    expect(await count("players")).toBe(701);
  });
});
