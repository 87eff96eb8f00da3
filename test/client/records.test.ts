import { describe, expect, test } from "vitest";
import { openClient } from "./open-client.ts";

const titlesOf = (records: readonly { readonly title: string }[]): string[] => records.map(({ title }) => title);

describe("a client reads", () => {
  test("a page by conditions, also on what is related, in an order, with a total", async () => {
    const { nobody } = await openClient();
    const page = await nobody.films.list({
      where: {
        price: { lt: 1000 },
        director: { name: { startsWith: "Billy" } },
        or: [{ genre: "Drama" }, { stock: 0 }],
      },
      sort: ["-price"],
      limit: 1,
      total: true,
    });
    expect(page.total).toBe(2);
    expect(titlesOf(page.data)).toEqual(["The Apartment"]);
    const next = await nobody.films.list({ where: { director: "wilder", genre: { ne: "Comedy" } }, sort: ["-price"] });
    expect(titlesOf(next.data)).toEqual(["Ace in the Hole"]);
    expect(next.next).toBeNull();
  });

  test("by conditions inside of lists, objects and JSON, and by what refers to a record", async () => {
    const { nobody } = await openClient();
    const found = async (where: NonNullable<Parameters<typeof nobody.films.list>[0]>["where"]) =>
      titlesOf((await nobody.films.list({ where })).data);
    expect(await found({ tags: { has: "loud" } })).toEqual(["Some Like It Hot"]);
    expect(await found({ size: { minutes: { gt: 120 } } })).toEqual(["The Apartment"]);
    expect(await found({ meta: { parts: { reels: 12 } } })).toEqual(["Metropolis"]);
    expect(await found({ reviews: { stars: { gte: 4 }, author: { name: "Ada" } } })).toEqual([]);
    expect(await found({ reviews: { stars: { gte: 4 } } })).toEqual(["M"]);
    expect(await found({ title: { in: ["M", "a,b&c=d#é"] }, not: { genre: null } })).toEqual(["M"]);
  });

  test("what it includes, nested, and what it selects", async () => {
    const { customer, ada, m } = await openClient();
    const [film] = (await customer.films.list({ search: "m", include: { director: true, reviews: { author: true } } }))
      .data;
    expect(film?.director?.name).toBe("Fritz Lang");
    expect(film?.reviews).toMatchObject([{ stars: 5, film: m.id, author: { id: ada.id, name: "Ada" } }]);

    const [selected] = (await customer.films.list({ search: "m", select: ["price"], include: { director: true } }))
      .data;
    expect(selected).toMatchObject({ id: m.id, price: 900, director: { id: "lang" } });
    expect(Object.keys(selected ?? {}).toSorted()).toEqual(["director", "id", "price"]);
    expect(await customer.films.get(m.id, { select: ["title"] })).toEqual({ id: m.id, title: "M" });
  });

  test("relations by the names that they have in its types", async () => {
    const { customer, ada } = await openClient();
    const user = await customer.users.get(ada.id, {
      include: { written: { film: true }, reviews: { about: true }, invited: { invitedBy: true } },
    });
    expect(user.written).toMatchObject([{ stars: 5, film: { title: "M" } }]);
    expect([user.reviews, user.invited]).toEqual([[], []]);
    expect(await customer.notes.list({ include: { about: true, owner: true, notes: true } })).toMatchObject({
      data: [],
    });
  });

  test("every page when it is asked for, and none that isn't", async () => {
    const { nobody, asked } = await openClient();
    const all: string[] = [];
    for await (const { title } of nobody.films.all({ sort: ["title"], pageSize: 2 })) all.push(title);
    expect(all).toEqual(["Ace in the Hole", "M", "Metropolis", "Some Like It Hot", "The Apartment"]);
    expect(asked).toHaveLength(3);
    for await (const { title } of nobody.films.all({ sort: ["title"], pageSize: 2 })) if (title === "M") break;
    expect(asked).toHaveLength(4);
  });

  test("the first that matches or null, counts, and figures", async () => {
    const { nobody } = await openClient();
    expect(await nobody.films.find({ sort: ["-price"], select: ["title"] })).toMatchObject({ title: "Metropolis" });
    expect(await nobody.films.find({ where: { stock: 99 } })).toBeNull();
    expect([await nobody.films.count(), await nobody.films.count({ where: { genre: null } })]).toEqual([5, 1]);
    const rows = await nobody.films.aggregate({ group: ["genre"], sum: ["stock"], max: ["title"] });
    expect(rows).toContainEqual(
      expect.objectContaining({ genre: "Drama", count: 2, sum: { stock: 5 }, max: { title: "M" } }),
    );
  });

  test("a query that is too long for a URL as a body", async () => {
    const { nobody, asked } = await openClient();
    const where = {
      title: { in: [...Array.from({ length: 150 }, (_, index) => `A title that is long, ${index}`), "M"] },
    };
    const { data } = await nobody.films.list({ where, include: { director: true }, select: ["title"], sort: ["id"] });
    expect(data).toMatchObject([{ title: "M", director: { name: "Fritz Lang" } }]);
    expect(asked.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual(["POST /api/films/search"]);
    expect(asked[0]?.headers.has("idempotency-key")).toBe(false);
  });

  test("nothing by a condition that was forgotten", async () => {
    const { nobody, asked } = await openClient();
    const { id } = JSON.parse("{}") as { id: string };
    await expect(nobody.reviews.list({ where: { film: { id } } })).rejects.toThrow("where.film.id is undefined");
    expect(asked).toEqual([]);
  });

  test("a record that has not changed without its being sent again", async () => {
    const { admin, app, m } = await openClient();
    const film = await admin.films.get(m.id, { include: { director: true } });
    const again = () => admin.films.get(m.id, { include: { director: true } }, { ifNoneMatch: film });
    expect(await again()).toBe(film);
    await admin.directors.update("lang", { name: "Lang" });
    const changed = await again();
    expect([changed.director?.name, film.director?.name]).toEqual(["Lang", "Fritz Lang"]);
    // A record out of a list has a tag, too, where everybody sees all of it.
    const [listed] = (await admin.directors.list()).data;
    const same = await app.fetch(`/api/directors/${listed?.id}`, {
      headers: { "if-none-match": `"${listed?.version}-${Date.parse(listed?.createdAt ?? "").toString(36)}"` },
    });
    expect(same.status).toBe(304);
    expect(await admin.directors.get("lang", {}, { ifNoneMatch: listed })).toBe(listed);
  });
});

describe("a client writes", () => {
  test("records: creates, changes, replaces and deletes them", async () => {
    const { admin } = await openClient();
    const film = await admin.films.create({ title: "Fury", director: "lang", price: 500, supplier: "42" });
    expect(film).toMatchObject({ title: "Fury", stock: 0, inStock: false, cost: null });
    expect(film).not.toHaveProperty("supplier");
    expect(await admin.films.update(film.id, { stock: { increment: 2 }, meta: { a: 1 } })).toMatchObject({ stock: 2 });
    const replaced = await admin.films.replace(film.id, { title: "Fury", director: "lang", price: 1, tags: ["a"] });
    expect(replaced).toMatchObject({ stock: 0, meta: null, tags: ["a"] });
    expect(await admin.films.delete(film.id)).toBeUndefined();
    expect(await admin.films.find({ where: { id: film.id } })).toBeNull();

    const many = await admin.directors.createMany([
      { id: "a/b?c", name: "One" },
      { id: "tati", name: "Two" },
    ]);
    expect(many.map(({ id }) => id)).toEqual(["a/b?c", "tati"]);
    expect(await admin.directors.get("a/b?c")).toEqual(many[0]);
    expect(await admin.directors.replace("new", { name: "New" }, { ifNoneMatch: "*" })).toMatchObject({ id: "new" });
    const twice = await admin.directors.replace("new", { name: "New" }, { ifNoneMatch: "*" }).result();
    expect(twice).toMatchObject({ ok: false, error: { code: "precondition_failed" } });
  });

  test("nothing over a change that somebody else has made since", async () => {
    const { admin, m } = await openClient();
    const [listed] = (await admin.films.list({ where: { id: m.id } })).data;
    const read = await admin.films.get(m.id);
    await admin.films.update(m.id, { price: 901 }, { ifMatch: listed });
    for (const late of [
      admin.films.update(m.id, { price: 1 }, { ifMatch: read }),
      admin.films.replace(m.id, { title: "M", director: "lang", price: 1 }, { ifMatch: read }),
      admin.films.delete(m.id, { ifMatch: read }),
    ]) {
      await expect(late).rejects.toMatchObject({ code: "precondition_failed", status: 412 });
    }
    expect(await admin.films.get(m.id)).toMatchObject({ price: 901 });
    expect(await admin.films.update(m.id, { price: 902 }, { ifMatch: "*" })).toMatchObject({ price: 902 });
  });

  test("several at once, all or none", async () => {
    const { admin, m } = await openClient();
    const read = await admin.films.get(m.id);
    const [film, bought, seen, gone] = await admin.$batch((batch) => [
      batch.films.update(m.id, { price: 1000 }, { ifMatch: read }),
      batch.buy({ film: m.id, copies: 2 }),
      batch.films.get(m.id),
      batch.ping(),
    ]);
    expect([film.price, bought.receipt.total, seen.stock, gone ?? null]).toEqual([1000, 2000, 1, null]);

    const refused = await admin
      .$batch((batch) => [batch.films.update(m.id, { price: 1 }), batch.buy({ film: m.id, copies: 9 })])
      .result();
    expect(refused).toMatchObject({ ok: false, error: { code: "sold_out", status: 409 } });
    const late = admin.$batch((batch) => [batch.films.delete(m.id, { ifMatch: read })]);
    await expect(late).rejects.toMatchObject({ code: "precondition_failed" });
    expect(await admin.films.get(m.id)).toMatchObject({ price: 1000, stock: 1 });
  });
});

describe("a client calls actions", () => {
  test("by name, with and without input and output, wherever they are", async () => {
    const { customer, nobody, m } = await openClient();
    const { film, others, receipt } = await customer.buy({ film: m.id });
    expect([film.stock, others[0]?.inStock, receipt.total]).toEqual([2, true, 900]);
    expect(film).not.toHaveProperty("cost");
    expect(await nobody.filmsLeft({ atLeast: 2, genre: "Drama" })).toBe(2);
    expect(await nobody.ping()).toBeUndefined();
    expect((await nobody.dearest())?.title).toBe("Metropolis");
  });

  test("that answer nothing where there is nothing", async () => {
    const { admin, nobody } = await openClient();
    await admin.$batch((batch) => [batch.ping()]);
    for await (const { id } of admin.films.all()) await admin.films.delete(id);
    expect(await nobody.dearest()).toBeNull();
  });
});

test("a client is no promise and has nothing to print", async () => {
  const { nobody, asked } = await openClient();
  expect(await Promise.resolve(nobody)).toBe(nobody);
  expect(JSON.stringify(nobody)).toBeDefined();
  expect(asked).toEqual([]);
});
