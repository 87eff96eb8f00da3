import { describe, expect, it } from "vitest";
import { collection } from "../../src/schema/collection.ts";
import { computed } from "../../src/schema/field-computed.ts";
import { json } from "../../src/schema/field-json.ts";
import { list } from "../../src/schema/field-list.ts";
import { integer, number } from "../../src/schema/field-number.ts";
import { object } from "../../src/schema/field-object.ts";
import { slug } from "../../src/schema/field-slug.ts";
import { secret, text } from "../../src/schema/field-text.ts";
import { timestamp } from "../../src/schema/field-timestamp.ts";
import { everyone } from "../../src/schema/rule.ts";
import { type Body, type Entry, openApp } from "./open-app.ts";

const access = { read: everyone, write: everyone };

const films = collection("films", {
  fields: {
    title: text({ min: 1 }),
    slug: slug({ from: "title" }).unique(),
    stock: integer({ min: 0, max: 100 }).default(0),
    rating: number({ max: 10 }).optional(),
    addedAt: timestamp().default(({ now }) => now),
    addedBy: text().default(({ user }) => user?.email ?? "nobody"),
    meta: json().optional(),
    size: object({ width: integer(), height: integer(), unit: text().optional() }).optional(),
    tags: list(text()).default([]),
    code: text().optional().hidden(),
    supplier: text().hidden(),
    key: secret().optional(),
    country: text().optional(),
    number: integer().optional(),
    loud: computed(text(), (film: { title: string }) => film.title.toUpperCase()),
  },
  unique: [["country", "number"]],
  access,
});
const pages = collection("pages", { id: slug(), fields: { title: text() }, access });
const drafts = collection("drafts", { fields: { title: text() }, access, feed: false });

const open = () => openApp({ collections: [films, pages, drafts] });
const metropolis = { title: "Metropolis", supplier: "UFA" };

/** What the feed says of a change: what it was and what it became. */
const changed = (entry: Entry | undefined) => [entry?.kind, entry?.before, entry?.after];

describe("a new record", () => {
  it("gets its defaults, a slug, an id, times and a version", async () => {
    const { anonymous, admin } = await open();
    const { status, body, headers } = await anonymous.post("/films", metropolis);
    expect(status).toBe(201);
    expect(headers.get("location")).toBe(`/api/films/${String(body["id"])}`);
    expect(body).toEqual({
      id: expect.any(String),
      title: "Metropolis",
      slug: "metropolis",
      loud: "METROPOLIS",
      stock: 0,
      rating: null,
      meta: null,
      size: null,
      tags: [],
      country: null,
      number: null,
      addedBy: "nobody",
      addedAt: body["createdAt"],
      createdAt: body["createdAt"],
      updatedAt: body["createdAt"],
      version: 1,
    });
    const other = await admin.post("/films", { ...metropolis, slug: "m", addedBy: "me", stock: 3 });
    expect(other.body).toMatchObject({ slug: "m", addedBy: "me", stock: 3 });
    expect((await admin.post("/films", { ...metropolis, title: "Nosferatu" })).body["addedBy"]).toBe(
      "admin@example.com",
    );
  });

  it("is refused where a unique value or group is taken, naming the fields", async () => {
    const { anonymous } = await open();
    await anonymous.post("/films", { ...metropolis, country: "DE", number: 1 });
    const slugTaken = await anonymous.post("/films", { ...metropolis, slug: "metropolis" });
    expect(slugTaken.body).toMatchObject({ status: 409, errors: [{ path: "/slug", code: "not_unique" }] });
    const group = await anonymous.post("/films", { ...metropolis, slug: "x", country: "DE", number: 1 });
    expect(group.body).toMatchObject({ status: 409, errors: [{ path: "/country" }, { path: "/number" }] });
    expect((await anonymous.post("/films", { ...metropolis, slug: "x", country: "DE" })).status).toBe(201);
    expect((await anonymous.post("/films", { ...metropolis, slug: "y", country: "DE" })).status).toBe(201);
  });

  it("is refused where it sets what is not its to set", async () => {
    const { anonymous } = await open();
    const sent = { ...metropolis, id: "x", version: 9, createdAt: "2020-01-01T00:00:00Z", loud: "x", other: 1 };
    const { status, body } = await anonymous.post("/films", sent);
    expect(status).toBe(422);
    const codes = Object.fromEntries((body["errors"] as Body[]).map(({ path, code }) => [path, code]));
    expect(codes).toEqual({
      "/id": "read_only",
      "/version": "read_only",
      "/createdAt": "read_only",
      "/loud": "read_only",
      "/other": "unknown_field",
    });
  });

  it("takes an id of the client's where the collection says so", async () => {
    const { anonymous } = await open();
    expect((await anonymous.post("/pages", { id: "about-us", title: "About" })).status).toBe(201);
    expect((await anonymous.post("/pages", { id: "about-us", title: "About" })).body).toMatchObject({
      status: 409,
      errors: [{ path: "/id", code: "not_unique" }],
    });
    expect((await anonymous.post("/pages", { id: "No Slug", title: "x" })).status).toBe(422);
    expect((await anonymous.post("/pages", { title: "x" })).status).toBe(422);
    expect((await anonymous.get("/pages/about-us")).status).toBe(200);
  });

  it("takes no id that leads somewhere else: a path with dots is another, and some words are routes", async () => {
    const places = collection("places", { id: text({ min: 1, max: 20 }), fields: { title: text() }, access });
    const { anonymous } = await openApp({ collections: [places, pages] });
    for (const id of [".", "..", "search", "aggregate"]) {
      const refused = await anonymous.post("/places", { id, title: "x" });
      expect(refused.body).toMatchObject({ status: 422, errors: [{ path: "/id", code: "reserved" }] });
    }
    expect((await anonymous.post("/pages", { id: "search", title: "x" })).status).toBe(422);
    expect((await anonymous.put("/pages/aggregate", { title: "x" })).status).toBe(405);
    for (const id of ["...", "a/b", "%2E", " ", "😀", "search2"]) {
      const made = await anonymous.post("/places", { id, title: "x" });
      expect((await anonymous.get(String(made.headers.get("location")).slice("/api".length))).body).toMatchObject({
        id,
      });
    }
  });

  it("adds an entry to the feed, with the values that are there and no secrets", async () => {
    const { feed, admin } = await open();
    const made = await admin.post("/films", { ...metropolis, key: "s3cret" }, { "request-id": "request-of-mine" });
    await admin.post("/drafts", { title: "left out" });
    const id = made.body["id"];
    expect(feed()).toEqual([
      {
        collection: "films",
        record: id,
        kind: "created",
        actor: admin.id,
        request: "request-of-mine",
        before: null,
        after: {
          title: "Metropolis",
          slug: "metropolis",
          stock: 0,
          addedAt: made.body["createdAt"],
          addedBy: "admin@example.com",
          tags: [],
          supplier: "UFA",
        },
      },
    ]);
  });
});

describe("a patch", () => {
  it("changes what it names, the version, and adds just that to the feed", async () => {
    const { anonymous, feed } = await open();
    const made = (await anonymous.post("/films", metropolis)).body;
    const { status, body } = await anonymous.patch(`/films/${String(made["id"])}`, { stock: 5, title: "Metropolis" });
    expect(status).toBe(200);
    expect(body).toEqual({ ...made, stock: 5, version: 2, updatedAt: body["updatedAt"] });
    expect(changed(feed().at(-1))).toEqual(["updated", { stock: 0 }, { stock: 5 }]);
  });

  it("that changes nothing leaves version, time and feed alone", async () => {
    const { anonymous, feed } = await open();
    const made = (await anonymous.post("/films", { ...metropolis, meta: { a: 1, b: [1] } })).body;
    for (const patch of [{}, { title: "Metropolis" }, { meta: { b: [1], a: 1 } }, { stock: { increment: 0 } }]) {
      expect((await anonymous.patch(`/films/${String(made["id"])}`, patch)).body).toEqual(made);
    }
    expect(feed()).toHaveLength(1);
  });

  it("merges into JSON and objects, and checks what comes of it", async () => {
    const { anonymous, feed } = await open();
    const given = {
      ...metropolis,
      meta: { color: "red", deep: { a: 1, b: 2 }, list: [1, 2] },
      size: { width: 1, height: 2 },
    };
    const path = `/films/${String((await anonymous.post("/films", given)).body["id"])}`;
    const merged = await anonymous.patch(path, {
      meta: { color: null, deep: { b: 3 }, list: [null] },
      size: { unit: "cm", width: 4 },
    });
    expect(merged.body).toMatchObject({
      meta: { deep: { a: 1, b: 3 }, list: [null] },
      size: { width: 4, height: 2, unit: "cm" },
    });
    expect(merged.body["meta"]).not.toHaveProperty("color");
    expect(changed(feed().at(-1))).toMatchObject(["updated", { size: { width: 1 } }, { size: { width: 4 } }]);
    expect((await anonymous.patch(path, { size: { width: "wide" } })).body).toMatchObject({
      status: 422,
      errors: [{ path: "/size/width", code: "wrong_type" }],
    });
    expect((await anonymous.patch(path, { size: { width: null } })).status).toBe(422);
    expect((await anonymous.patch(path, { size: { depth: 1 } })).status).toBe(422);
    expect((await anonymous.patch(path, { meta: "plain" })).body["meta"]).toBe("plain");
    expect((await anonymous.patch(path, { meta: { constructor: { x: 1 }, toString: null } })).body["meta"]).toEqual({
      constructor: { x: 1 },
    });
    expect((await anonymous.patch(path, { meta: null, size: null })).body).toMatchObject({ meta: null, size: null });
  });

  it("adds to numbers within their bounds, and a missing one counts as 0", async () => {
    const { anonymous } = await open();
    const path = `/films/${String((await anonymous.post("/films", metropolis)).body["id"])}`;
    expect((await anonymous.patch(path, { stock: { increment: 7 } })).body["stock"]).toBe(7);
    expect((await anonymous.patch(path, { stock: { increment: -8 } })).body).toMatchObject({
      status: 422,
      errors: [{ path: "/stock", code: "too_small" }],
    });
    expect((await anonymous.patch(path, { stock: { increment: 94 } })).body).toMatchObject({
      errors: [{ path: "/stock", code: "too_large" }],
    });
    expect((await anonymous.patch(path, { stock: { increment: 0.5 } })).status).toBe(422);
    expect((await anonymous.patch(path, { stock: { increment: 1, by: 1 } })).status).toBe(422);
    expect((await anonymous.patch(path, { rating: { increment: 2.5 } })).body["rating"]).toBe(2.5);
    expect((await anonymous.patch(path, { number: { increment: 2 ** 53 } })).status).toBe(422);
    expect((await anonymous.get(path)).body).toMatchObject({ stock: 7, rating: 2.5, number: null });
  });
});

describe("a replacement", () => {
  it("sets all that is shown, applies defaults, and keeps what is hidden", async () => {
    const { anonymous, admin, feed } = await open();
    const given = { ...metropolis, stock: 9, rating: 8, meta: { a: 1 }, code: "C", key: "K" };
    const made = (await anonymous.post("/films", given)).body;
    const path = `/films/${String(made["id"])}`;
    const { status, body } = await admin.put(path, { title: "M", slug: "m", meta: { b: 2 } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ title: "M", stock: 0, rating: null, meta: { b: 2 }, addedBy: "admin@example.com" });
    expect(body).toMatchObject({ id: made["id"], createdAt: made["createdAt"], version: 2 });
    const [, before, after] = changed(feed().at(-1)) as [unknown, Body, Body];
    for (const kept of ["code", "key", "supplier"]) expect(Object.keys({ ...before, ...after })).not.toContain(kept);
    expect(after).toMatchObject({ title: "M", meta: { b: 2 }, rating: null });
  });

  it("may send back the record as it was answered", async () => {
    const { anonymous } = await open();
    const made = (await anonymous.post("/films", { ...metropolis, meta: { a: 1 } })).body;
    const again = await anonymous.put(`/films/${String(made["id"])}`, made);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(made);
  });

  it("makes the record where there is none, once", async () => {
    const { anonymous } = await open();
    const once = { "if-none-match": "*" };
    const made = await anonymous.put("/pages/imprint", { title: "Imprint" }, once);
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe("/api/pages/imprint");
    expect((await anonymous.put("/pages/imprint", { title: "Again" }, once)).status).toBe(412);
    expect((await anonymous.put("/pages/imprint", { title: "Again" })).status).toBe(200);
    expect((await anonymous.put("/pages/other", { title: "x" }, { "if-match": "*" })).status).toBe(412);
    expect((await anonymous.put("/pages/No Slug", { title: "x" })).status).toBe(422);
    const id = "0192d3a0-7b1c-7def-8123-456789abcdef";
    expect((await anonymous.put(`/films/${id}`, { title: "M" })).body).toMatchObject({
      status: 422,
      errors: [{ path: "/supplier", code: "required" }],
    });
    expect((await anonymous.put(`/films/${id.toUpperCase()}`, metropolis)).body["id"]).toBe(id);
  });
});

describe("a conditional write", () => {
  it("is refused once the record has moved on, and tells nobody what they can't see", async () => {
    const { anonymous } = await open();
    const made = await anonymous.post("/films", metropolis);
    const path = `/films/${String(made.body["id"])}`;
    const first = String(made.headers.get("etag"));
    const second = (await anonymous.patch(path, { stock: 1 }, { "if-match": first })).headers.get("etag");
    for (const send of [
      () => anonymous.patch(path, { stock: 2 }, { "if-match": first }),
      () => anonymous.put(path, metropolis, { "if-match": first }),
      () => anonymous.delete(path, { "if-match": `W/${String(second)}` }),
      () => anonymous.delete(path, { "if-match": '"other", "tags"' }),
    ]) {
      expect(await send()).toMatchObject({ status: 412, code: "precondition_failed" });
    }
    expect((await anonymous.patch(path, { stock: 2 }, { "if-match": "nonsense" })).code).toBe("malformed");
    expect((await anonymous.delete(path, { "if-match": `"x", ${String(second)}` })).status).toBe(204);
    expect((await anonymous.delete(path, { "if-match": "*" })).status).toBe(404);
  });

  it("tells a record from one that was made again under its id", async () => {
    const { anonymous } = await open();
    const first = (await anonymous.put("/pages/a", { title: "1" })).headers.get("etag");
    await anonymous.delete("/pages/a");
    await new Promise((resolve) => setTimeout(resolve, 5));
    await anonymous.put("/pages/a", { title: "2" });
    expect((await anonymous.patch("/pages/a", { title: "3" }, { "if-match": String(first) })).status).toBe(412);
  });
});
