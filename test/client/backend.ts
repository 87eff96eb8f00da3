import {
  action,
  backend,
  boolean,
  choice,
  collection,
  computed,
  date,
  everyone,
  integer,
  json,
  list,
  money,
  object,
  owner,
  record,
  ref,
  role,
  secret,
  signedIn,
  text,
  users,
} from "galley";

const people = users({
  fields: {
    name: text({ max: 100 }).optional(),
    plan: choice(["free", "paid"]).default("free").writable(role("admin")),
    invitedBy: ref("users", { onDelete: "clear", inverse: "invited" }).optional(),
    note: text().optional().hidden(),
  },
});

export const directors = collection("directors", {
  id: text({ min: 1, max: 40 }),
  fields: { name: text(), born: date().optional() },
  access: { read: everyone, write: role("admin") },
});

export const films = collection("films", {
  fields: {
    title: text({ min: 1, max: 200 }).search(),
    director: ref("directors"),
    genre: choice(["Comedy", "Drama"]).optional(),
    price: money({ currency: "EUR", min: 0 }),
    stock: integer({ min: 0 }).default(0),
    tags: list(text()).default([]),
    size: object({ minutes: integer(), reels: integer().optional() }).optional(),
    meta: json().optional(),
    cost: money({ currency: "EUR" }).optional().readable(role("admin")),
    supplier: secret().optional(),
    inStock: computed(boolean(), (film: { stock: number }) => film.stock > 0),
  },
  access: { read: everyone, write: role("admin") },
});

export const reviews = collection("reviews", {
  fields: {
    film: ref("films", { onDelete: "cascade" }),
    author: ref("users", { onDelete: "cascade", inverse: "written" }).default(({ user }) => user?.id ?? null),
    editor: ref("users", { onDelete: "clear" }).optional(),
    stars: integer({ min: 1, max: 5 }),
  },
  access: { read: everyone, write: owner("author") },
  unique: [["film", "author"]],
});

const notes = collection("notes", {
  fields: { owner: ref("users", { inverse: "reviews" }), about: ref("notes").optional(), words: text() },
  access: { read: everyone, write: role("admin") },
});

const buy = action("buy", {
  summary: "Buys copies of a film.",
  input: { film: ref("films"), copies: integer({ min: 1 }).default(1) },
  output: { film: record(films), others: list(record(films)), receipt: object({ total: integer() }) },
  access: signedIn,
  errors: { sold_out: 409, too_many: 429 },
  async run({ input, db, fail }) {
    const film = await db(films).get(input.film);
    if (input.copies > 100) throw fail("too_many", "At most 100 copies.");
    if (film.stock < input.copies) throw fail("sold_out", `Only ${film.stock} copies are left.`);
    const sold = await db.unrestricted(films).update(film.id, { stock: { increment: -input.copies } });
    return { film: sold, others: [sold], receipt: { total: film.price * input.copies } };
  },
});

const filmsLeft = action("filmsLeft", {
  method: "GET",
  path: "/films-left/:atLeast",
  input: { atLeast: integer({ min: 1 }), genre: choice(["Comedy", "Drama"]).optional() },
  output: integer(),
  access: everyone,
  run: ({ input, db }) =>
    db(films).count({ where: { stock: { gte: input.atLeast }, ...(input.genre && { genre: input.genre }) } }),
});

const dearest = action("dearest", {
  output: record(films).optional(),
  access: everyone,
  run: ({ db }) => db(films).find({ sort: ["-price"] }),
});

const restock = action("restock", {
  input: { film: ref("films") },
  output: films,
  access: role("admin"),
  run: ({ input, db }) => db(films).update(input.film, { stock: { increment: 1 } }),
});

const ping = action("ping", { access: everyone, run: () => {} });

/** A backend of films for the client. */
export default backend({
  collections: [people, directors, films, reviews, notes],
  actions: [buy, filmsLeft, dearest, restock, ping],
});
