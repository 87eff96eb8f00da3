import { expectTypeOf } from "vitest";
import { type Client, type ClientRecord, createClient, type ErrorOf, GalleyClientError } from "galley/client";
import { backend, type Backend, collection, integer, nobody, ref, text } from "galley";
import type definition from "../client/backend.ts";

const shop = createClient<typeof definition>("https://shop.example");
type Shop = typeof definition;

interface System {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}
type Plain<T> = { [K in keyof T]: T[K] };

// A record is what its collection shows: nothing hidden, what is computed, and perhaps what a rule keeps from some.
type Film = ClientRecord<Shop, "films">;
expectTypeOf<keyof Film>().toEqualTypeOf<
  keyof System | ("title" | "director" | "genre" | "price" | "stock" | "tags" | "size" | "meta" | "cost" | "inStock")
>();
expectTypeOf<Film["director"]>().toEqualTypeOf<string>();
expectTypeOf<Film["genre"]>().toEqualTypeOf<"Comedy" | "Drama" | null>();
expectTypeOf<Film["inStock"]>().toEqualTypeOf<boolean>();
expectTypeOf<Film["cost"]>().toEqualTypeOf<number | null | undefined>();
expectTypeOf<Film>().toExtend<{ readonly cost?: number | null }>();
expectTypeOf(await shop.films.get("1")).toEqualTypeOf<Film>();
expectTypeOf(await shop.films.create({ title: "M", director: "lang", price: 1 })).toEqualTypeOf<Film>();

// What is included is in the type, and nothing else is.
const page = await shop.films.list({
  include: { director: true, reviews: { author: true, editor: true } },
  total: true,
});
expectTypeOf(page.total).toEqualTypeOf<number>();
expectTypeOf(page.next).toEqualTypeOf<string | null>();
const film = page.data[0]!;
expectTypeOf(film.director).toEqualTypeOf<ClientRecord<Shop, "directors"> | null>();
expectTypeOf(film.reviews[0]!.film).toEqualTypeOf<string>();
expectTypeOf(film.reviews[0]!.author!.plan).toEqualTypeOf<"free" | "paid">();
expectTypeOf(film.reviews[0]!.editor?.email).toEqualTypeOf<string | undefined>();
expectTypeOf(film.price).toEqualTypeOf<number>();
expectTypeOf<
  ClientRecord<Shop, "films", { reviews: { author: true } }>["reviews"][number]["author"]
>().toEqualTypeOf<ClientRecord<Shop, "users"> | null>();
expectTypeOf(await shop.films.list()).not.toHaveProperty("total");
expectTypeOf((await shop.films.list()).data[0]!).not.toHaveProperty("reviews");

// Relations have the names that the server gives them: the inverse that a ref names, or the name of the collection that holds
// the ref, where it is alone and the name is free.
await shop.users.list({ include: { written: { film: true }, reviews: { about: true }, invited: { invitedBy: true } } });
await shop.notes.list({ include: { about: true, owner: true, notes: true } });
await shop.directors.list({ include: { films: { director: { films: true } } } });
// @ts-expect-error that ref has named its inverse
await shop.users.list({ include: { notes: true } });
// @ts-expect-error no such relation
await shop.films.list({ include: { critics: true } });
// @ts-expect-error no such relation, beside one that is
await shop.films.list({ include: { director: true, critics: true } });
// @ts-expect-error no such relation, inside
await shop.films.list({ include: { reviews: { critics: true } } });
// @ts-expect-error what is included is said by true
await shop.films.list({ include: { director: false } });
// @ts-expect-error a field is no relation
await shop.films.list({ include: { title: true } });

// What is selected is all there is.
const selected = await shop.films.get("1", { select: ["title", "cost"], include: { director: true } });
expectTypeOf<Plain<typeof selected>>().toEqualTypeOf<{
  readonly id: string;
  readonly title: string;
  readonly cost?: number | null;
  readonly director: ClientRecord<Shop, "directors"> | null;
}>();
expectTypeOf(await shop.films.find({ select: ["title"] })).toEqualTypeOf<{
  readonly id: string;
  readonly title: string;
} | null>();
for await (const one of shop.films.all({ select: ["title"], pageSize: 10 })) {
  expectTypeOf(one).toEqualTypeOf<{ readonly id: string; readonly title: string }>();
}
// @ts-expect-error nobody is shown what is hidden
await shop.films.list({ select: ["supplier"] });
// @ts-expect-error a limit is one of a page
shop.films.all({ limit: 10 });

// Conditions.
type Where = NonNullable<NonNullable<Parameters<typeof shop.films.list>[0]>["where"]>;
const where = (given: Where): Where => given;
where({ title: "M", price: { gte: 1, lt: 5 }, genre: { in: ["Comedy", null] }, tags: { has: "silent" }, id: "1" });
where({ director: "lang" });
where({ director: { in: ["lang", "wilder"] } });
where({ director: { name: { startsWith: "F" }, films: { stock: { gt: 0 } } }, size: { minutes: { gt: 100 } } });
where({ reviews: { author: { email: "a@b.example" }, stars: 5 }, meta: { deep: { down: 1 } }, genre: null });
where({ or: [{ title: { contains: "M" } }, { not: { createdAt: { lt: "2026" } } }], and: [{ cost: { gt: 1 } }] });
// @ts-expect-error no such field
where({ colour: "red" });
// @ts-expect-error no such field, inside
where({ or: [{ colour: "red" }] });
// @ts-expect-error no such field of what is related
where({ director: { colour: "red" } });
// @ts-expect-error no such field of those that refer here
where({ reviews: { author: { colour: "red" } } });
// @ts-expect-error no such field of an object
where({ size: { metres: 100 } });
// @ts-expect-error not one of the choices
where({ genre: "Opera" });
// @ts-expect-error a number is no text
where({ title: { gte: 5 } });
// @ts-expect-error only text contains text
where({ price: { contains: "5" } });
// @ts-expect-error the items are texts
where({ tags: { has: 1 } });
// @ts-expect-error nobody asks for what is hidden
where({ supplier: "42" });
// @ts-expect-error what is computed is not stored
where({ inStock: true });
// @ts-expect-error a price is never missing
where({ price: null });
await shop.films.list({ sort: ["-price", "title", "createdAt", "-id"] });
// @ts-expect-error a list has no order
await shop.films.list({ sort: ["tags"] });
// @ts-expect-error what is computed is not stored
await shop.films.list({ sort: ["-inStock"] });

// Figures.
const rows = await shop.films.aggregate({ group: ["genre"], sum: ["stock"], avg: ["price"], min: ["title", "price"] });
expectTypeOf<Plain<(typeof rows)[number]>>().toEqualTypeOf<{
  readonly genre: "Comedy" | "Drama" | null;
  readonly count: number;
  readonly sum: { readonly stock: number | null };
  readonly avg: { readonly price: number | null };
  readonly min: { readonly title: string | null; readonly price: number | null };
  readonly max: {};
}>();
// @ts-expect-error words have no sum
await shop.films.aggregate({ sum: ["title"] });
expectTypeOf(await shop.films.count({ where: { genre: "Drama" } })).toEqualTypeOf<number>();

// Writes.
await shop.directors.create({ id: "tati", name: "Jacques Tati" });
await shop.films.update("1", { stock: { increment: -1 }, genre: null, supplier: "42" }, { ifMatch: film });
await shop.films.replace("1", { title: "M", director: "lang", price: 1 }, { ifNoneMatch: "*" });
expectTypeOf(await shop.films.delete("1", { ifMatch: '"1-a"' })).toEqualTypeOf<void>();
// @ts-expect-error ids of directors are chosen by who creates them
await shop.directors.create({ name: "Jacques Tati" });
// @ts-expect-error ids of films are not
await shop.films.create({ id: "1", title: "M", director: "lang", price: 1 });
// @ts-expect-error what is computed can't be sent
await shop.films.create({ title: "M", director: "lang", price: 1, inStock: true });
// @ts-expect-error words are not counted
await shop.films.update("1", { title: { increment: 1 } });
// @ts-expect-error a title is never missing
await shop.films.update("1", { title: null });
// @ts-expect-error what was selected has no version
await shop.films.delete("1", { ifMatch: selected });

// Actions: input, output and their own errors.
const bought = await shop.buy({ film: "1" });
expectTypeOf<Plain<typeof bought>>().toEqualTypeOf<{
  readonly film: Film;
  readonly others: readonly Film[];
  readonly receipt: { readonly total: number };
}>();
expectTypeOf(await shop.filmsLeft({ atLeast: 1 })).toEqualTypeOf<number>();
expectTypeOf(await shop.dearest()).toEqualTypeOf<Film | null>();
expectTypeOf(await shop.restock({ film: "1" })).toEqualTypeOf<Film>();
expectTypeOf(await shop.ping()).toEqualTypeOf<void>();
await shop.buy({ film: "1", copies: 2 }, { signal: AbortSignal.timeout(1), idempotencyKey: "1" });
// @ts-expect-error film is missing
await shop.buy({ copies: 2 });
// @ts-expect-error something must be sent
await shop.buy();
// @ts-expect-error not an input
await shop.buy({ film: "1", colour: "red" });
// @ts-expect-error no such action
await shop.sell({ film: "1" });
// @ts-expect-error no such collection
await shop.critics.list();

const result = await shop.buy({ film: "1" }).result();
if (result.ok) expectTypeOf(result.value).toEqualTypeOf<typeof bought>();
else {
  expectTypeOf(result.error).toExtend<GalleyClientError>();
  switch (result.error.code) {
    case "sold_out":
      expectTypeOf(result.error.code).toEqualTypeOf<"sold_out">();
      break;
    case "invalid_input":
      expectTypeOf(result.error.violations[0]!.path).toEqualTypeOf<string>();
      break;
    case "rate_limited":
      expectTypeOf(result.error.retryAfter).toEqualTypeOf<number | undefined>();
      break;
    case "network":
    case "timeout":
    case "aborted":
    case "unexpected_answer":
      break;
    // @ts-expect-error the action declares no such error
    case "out_of_stock":
      break;
    default:
      expectTypeOf(result.error.code).not.toExtend<"sold_out" | "invalid_input" | "network">();
  }
}
const listed = await shop.films.list().result();
if (!listed.ok) expectTypeOf(listed.error).toEqualTypeOf<ErrorOf>();
try {
  await shop.ping();
} catch (error) {
  if (error instanceof GalleyClientError) expectTypeOf(error.code).toEqualTypeOf<string>();
}

// A batch answers what its members answer, and may fail as they may.
const plan = shop.$batch((batch) => [
  batch.films.get("1"),
  batch.buy({ film: "1" }),
  batch.films.delete("1"),
  batch.ping(),
]);
expectTypeOf(await plan).toEqualTypeOf<readonly [Film, typeof bought, void, void]>();
const outcome = await plan.result();
if (!outcome.ok) expectTypeOf<"sold_out">().toExtend<typeof outcome.error.code>();
// @ts-expect-error a batch lists nothing
void shop.$batch((batch) => [batch.films.list()]);
// @ts-expect-error no such field
void shop.$batch((batch) => [batch.films.update("1", { colour: "red" })]);

// People.
const { user, token } = await shop.auth.signUp({ email: "a@b.example", password: "a good password", name: "Ada" });
expectTypeOf(user).toEqualTypeOf<ClientRecord<Shop, "users">>();
expectTypeOf(user).not.toHaveProperty("note");
expectTypeOf(token).toEqualTypeOf<string>();
expectTypeOf((await shop.auth.session())?.user).toEqualTypeOf<typeof user | undefined>();
// @ts-expect-error a rule keeps the plan for others
await shop.auth.signUp({ email: "a@b.example", password: "a good password", plan: "paid" });
// @ts-expect-error nobody gives roles to themselves
await shop.auth.signUp({ email: "a@b.example", password: "a good password", roles: ["admin"] });
// @ts-expect-error nobody signs up as somebody's guest
await shop.auth.signUp({ email: "a@b.example", password: "a good password", invitedBy: "1" });
// @ts-expect-error the password is missing
await shop.auth.signIn({ email: "a@b.example" });
// @ts-expect-error a token is kept in memory
createClient<Shop>("", { token: "1", storage: "cookie" });

// Where nobody declares users, they are there all the same; and there may be no actions.
const plain = backend({ collections: [collection("notes", { fields: { words: text(), pages: integer() } })] });
const small = createClient<typeof plain>("");
expectTypeOf((await small.users.get("1")).email).toEqualTypeOf<string>();
expectTypeOf((await small.notes.get("1")).pages).toEqualTypeOf<number>();
await small.auth.signUp({ email: "a@b.example", password: "a good password" });
// @ts-expect-error no such action
await small.ping();

// Two refs without a name for their inverse have none, and a restricted one may lead nowhere.
const games = backend({
  collections: [
    collection("teams", { fields: { name: text() } }),
    collection("matches", {
      fields: { home: ref("teams"), away: ref("teams"), winner: ref("teams").readable(nobody) },
    }),
  ],
});
const league = createClient<typeof games>("");
const match = await league.matches.get("1", {}, {});
const teams = await league.matches.list({ include: { home: true, away: true, winner: true } });
expectTypeOf(teams.data[0]!.winner).toEqualTypeOf<ClientRecord<typeof games, "teams"> | null | undefined>();
expectTypeOf(match.winner).toEqualTypeOf<string | undefined>();
// @ts-expect-error there are three ways to matches, and none has the name
await league.teams.list({ include: { matches: true } });

// A definition that says nothing of itself in its type has a client that lets all pass.
declare const unknownBackend: Backend;
const loose = createClient<typeof unknownBackend>("");
expectTypeOf((await loose["anything"]!.list()).data).toExtend<readonly object[]>();
expectTypeOf<Client<Shop>>().toEqualTypeOf<typeof shop>();

// An interface of the definition's type is the same to a client, and lighter for the compiler.
interface Light extends Shop {}
const light = createClient<Light>("");
expectTypeOf(await light.films.get("1")).toEqualTypeOf<Film>();
const own = await createClient<Light>("").buy({ film: "1" }).result();
if (!own.ok) expectTypeOf<"sold_out">().toExtend<typeof own.error.code>();
