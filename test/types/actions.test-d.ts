import { expectTypeOf } from "vitest";
import {
  action,
  choice,
  collection,
  everyone,
  type InputOf,
  integer,
  json,
  list,
  nobody,
  object,
  owner,
  record,
  type RecordOf,
  ref,
  role,
  secret,
  signedIn,
  text,
  timestamp,
  type User,
} from "../../src/index.ts";

const films = collection("films", {
  fields: {
    title: text(),
    status: choice(["draft", "published"]),
    director: ref("people"),
    tags: list(text()),
    stock: integer(),
    rating: integer().optional(),
    meta: json().optional(),
    supplier: text().hidden(),
  },
});
type Film = RecordOf<typeof films>;

// What must be sent, and what `run` gets.
const input = {
  film: ref("films"),
  quantity: integer({ min: 1 }).default(1),
  gift: text().optional(),
  address: object({ street: text(), floor: integer().optional() }),
  card: secret(),
};
expectTypeOf<InputOf<typeof input>>().toEqualTypeOf<{
  readonly film: string;
  readonly address: { readonly street: string; readonly floor?: number | null | undefined };
  readonly card: string;
  readonly quantity?: number | undefined;
  readonly gift?: string | null | undefined;
}>();
const buy = action("buy", {
  input,
  access: signedIn,
  run({ input: given }) {
    expectTypeOf(given).toEqualTypeOf<{
      readonly film: string;
      readonly quantity: number;
      readonly gift: string | null;
      readonly address: { readonly street: string; readonly floor: number | null };
      readonly card: string;
    }>();
  },
});
expectTypeOf(buy.name).toEqualTypeOf<"buy">();

// The user is there where the rule says so, and may not be where the rule doesn't.
action("one", { access: signedIn, run: ({ user }) => void expectTypeOf(user).toEqualTypeOf<User>() });
action("two", { access: role("admin"), run: ({ user }) => void expectTypeOf(user).toEqualTypeOf<User>() });
action("three", { access: nobody, run: ({ user }) => void expectTypeOf(user).toEqualTypeOf<User>() });
action("four", {
  access: role("admin").or(role("clerk")),
  run: ({ user }) => void expectTypeOf(user).toEqualTypeOf<User>(),
});
action("five", {
  access: everyone.and(signedIn),
  run: ({ user }) => void expectTypeOf(user).toEqualTypeOf<User>(),
});
action("six", { access: everyone, run: ({ user }) => void expectTypeOf(user).toEqualTypeOf<User | null>() });
action("seven", {
  access: signedIn.or(everyone),
  run: ({ user }) => void expectTypeOf(user).toEqualTypeOf<User | null>(),
});
action("eight", { access: signedIn.not(), run: ({ user }) => void expectTypeOf(user).toEqualTypeOf<User | null>() });
action("nine", {
  access: ({ user }) => user?.email === "ada@example.com",
  prepare: ({ user }) => void expectTypeOf(user).toEqualTypeOf<User | null>(),
  run: ({ user }) => void expectTypeOf(user).toEqualTypeOf<User | null>(),
});
action("ten", {
  access: signedIn.or(() => true),
  run: ({ user }) => void expectTypeOf(user).toEqualTypeOf<User | null>(),
});

// `prepare` answers what `run` gets, and errors are those that were declared.
action("checkout", {
  input: { coupon: text().optional() },
  access: signedIn,
  errors: { out_of_stock: 409, coupon_expired: { status: 422, title: "The coupon has expired" } },
  async prepare({ input: given, fail }) {
    if (given.coupon === "") throw fail("coupon_expired", "It ended yesterday.");
    return { hash: 1 };
  },
  run({ prepared, fail }) {
    expectTypeOf(prepared).toEqualTypeOf<{ hash: number }>();
    expectTypeOf(fail).parameter(0).toEqualTypeOf<"out_of_stock" | "coupon_expired">();
    // @ts-expect-error not declared
    throw fail("sold_out", "There is none left.");
  },
});
action("plain", {
  access: signedIn,
  run({ fail, prepared }) {
    expectTypeOf(prepared).toEqualTypeOf<undefined>();
    expectTypeOf(fail).parameter(0).toEqualTypeOf<never>();
  },
});

// The output says what `run` must answer.
action("count", { output: { count: integer(), at: timestamp().optional() }, run: () => ({ count: 1, at: null }) });
action("find", { input: { id: ref("films") }, output: films, run: ({ db, input: { id } }) => db(films).get(id) });
action("title", { output: text(), run: () => "Metropolis" });
action("page", {
  output: { best: record(films), all: list(record(films)), none: record(films).optional() },
  run: async ({ db }) => ({ best: await db(films).get("1"), all: await db(films).all(), none: null }),
});
// @ts-expect-error count is missing
action("less", { output: { count: integer() }, run: () => ({}) });
// @ts-expect-error count is no text
action("wrong", { output: { count: integer() }, run: () => ({ count: "1" }) });
// @ts-expect-error a count is no film
action("other", { output: films, run: () => ({ count: 1 }) });

// Another action is called with its input, and answers its output.
const restock = action("restock", {
  input: { film: ref("films"), copies: integer().default(1) },
  output: films,
  run: ({ db, input: { film, copies } }) => db(films).update(film, { stock: { increment: copies } }),
});
action("caller", {
  transaction: false,
  async run({ call }) {
    expectTypeOf(await call(restock, { film: "1" })).toEqualTypeOf<Film>();
    expectTypeOf(
      await call(buy, { film: "1", card: "c", address: { street: "a", floor: null } }),
    ).toEqualTypeOf<void>();
    // @ts-expect-error film is missing
    await call(restock, { copies: 1 });
    // @ts-expect-error not an input
    await call(restock, { film: "1", colour: "red" });
  },
});

// The database is typed from the collection that is its key.
action("database", {
  async run({ db }) {
    expectTypeOf(await db(films).get("1")).toEqualTypeOf<Film>();
    expectTypeOf(await db(films).find({})).toEqualTypeOf<Film | null>();
    expectTypeOf((await db.unrestricted(films).list()).data).toEqualTypeOf<readonly Film[]>();
    expectTypeOf(await db(films).count({ where: { stock: { gt: 0 } } })).toEqualTypeOf<number>();

    const where = db(films).find;
    await where({ where: { title: "M", stock: { gte: 1, lt: 5 }, rating: null, tags: { has: "silent" } } });
    await where({ where: { status: { in: ["draft", "published"] }, supplier: { startsWith: "A" } } });
    await where({ where: { director: { name: "Lang" }, meta: { colour: { eq: "red" } }, id: "1" } });
    await where({ where: { or: [{ title: { contains: "M" } }, { not: { createdAt: { lt: "2026" } } }] } });
    // @ts-expect-error no such field
    await where({ where: { colour: "red" } });
    // @ts-expect-error no such field, inside
    await where({ where: { or: [{ colour: "red" }] } });
    // @ts-expect-error not one of the choices
    await where({ where: { status: "lost" } });
    // @ts-expect-error not one of the choices, compared
    await where({ where: { status: { eq: "lost" } } });
    // @ts-expect-error a number is no text
    await where({ where: { title: { gte: 5 } } });
    // @ts-expect-error no such operator
    await where({ where: { stock: { above: 5 } } });
    // @ts-expect-error only text contains text
    await where({ where: { stock: { contains: "5" } } });
    // @ts-expect-error the items are texts
    await where({ where: { tags: { has: 1 } } });
    // @ts-expect-error a list is asked for an item
    await where({ where: { tags: ["silent"] } });
    // @ts-expect-error stock is never missing
    await where({ where: { stock: null } });

    await db(films).list({ sort: ["-rating", "title", "-createdAt", "id"], limit: 5 });
    // @ts-expect-error no such field
    await db(films).list({ sort: ["colour"] });
    // @ts-expect-error no such field, descending
    await db(films).list({ sort: ["-colour"] });

    await db(films).update("1", { stock: { increment: -1 }, rating: null, meta: { a: null } });
    // @ts-expect-error titles are not counted
    await db(films).update("1", { title: { increment: 1 } });
    // @ts-expect-error a title is never missing
    await db(films).update("1", { title: null });
    // @ts-expect-error most of a film is missing
    await db(films).create({ title: "M" });
  },
});

// Nothing that is no rule is taken for one.
// @ts-expect-error a rule is no word
action("word", { access: "everyone", run: () => {} });
collection("ruled", {
  fields: { title: text().readable(({ user }) => user !== null) },
  access: { read: owner("customer").or(({ user, now }) => user !== null && { publishedAt: { lte: now } }) },
});
// @ts-expect-error there is no such deed
collection("misruled", { fields: {}, access: { browse: everyone } });
