import { expectTypeOf } from "vitest";
import {
  boolean,
  choice,
  collection,
  computed,
  type CreateOf,
  date,
  email,
  integer,
  json,
  type Json,
  list,
  money,
  number,
  object,
  type PatchOf,
  type RecordOf,
  ref,
  role,
  secret,
  type ShownRecordOf,
  slug,
  text,
  timestamp,
  url,
  uuid,
} from "../../src/index.ts";

const films = collection("films", {
  fields: {
    title: text(),
    slug: slug({ from: "title" }),
    tagline: text().optional(),
    status: choice(["draft", "published"]).default("draft"),
    director: ref("people").optional(),
    tags: list(text()).default([]),
    ratings: list(integer().optional()),
    size: object({ width: integer(), height: integer().optional(), unit: text().default("cm") }),
    meta: json().optional(),
    stock: integer(),
    rating: number().optional(),
    price: money(),
    onSale: boolean(),
    released: date(),
    placedAt: timestamp().default(({ now }) => now),
    site: url(),
    contact: email(),
    device: uuid(),
    note: text().optional().hidden(),
    apiKey: secret(),
    cost: money().readable(role("admin")),
    margin: money().readable(role("admin")).hidden(),
    inStock: computed(boolean(), (film: { stock: number }) => film.stock > 0),
    best: computed(text().optional(), (film: { title: string }) => (film.title === "" ? null : film.title)),
  },
});
type Films = typeof films;

interface System {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

interface Stored {
  readonly title: string;
  readonly slug: string;
  readonly tagline: string | null;
  readonly status: "draft" | "published";
  readonly director: string | null;
  readonly tags: readonly string[];
  readonly ratings: readonly (number | null)[];
  readonly size: { readonly width: number; readonly height: number | null; readonly unit: string };
  readonly meta: Json | null;
  readonly stock: number;
  readonly rating: number | null;
  readonly price: number;
  readonly onSale: boolean;
  readonly released: string;
  readonly placedAt: string;
  readonly site: string;
  readonly contact: string;
  readonly device: string;
}

// Actions see what is stored: hidden fields and secrets, nothing computed.
interface Everything extends System, Stored {
  readonly note: string | null;
  readonly apiKey: string;
  readonly cost: number;
  readonly margin: number;
}
expectTypeOf<RecordOf<Films>>().toEqualTypeOf<{ [K in keyof Everything]: Everything[K] }>();

// Clients see what is shown: nothing hidden, everything computed, and not all of them what a rule keeps from some.
interface Seen extends System, Stored {
  readonly inStock: boolean;
  readonly best: string | null;
  readonly cost?: number;
}
expectTypeOf<ShownRecordOf<Films>>().toEqualTypeOf<{ [K in keyof Seen]: Seen[K] }>();

// What has a default or may be missing need not be sent; what is computed can't be.
type Create = CreateOf<Films>;
// What may be left out of a record may be left out of what stands inside of it.
expectTypeOf<Create["size"]>().toEqualTypeOf<{
  readonly width: number;
  readonly height?: number | null | undefined;
  readonly unit?: string | undefined;
}>();
const routes = collection("routes", {
  fields: {
    home: object({ city: text(), zip: text().optional() }).optional(),
    stops: list(object({ city: text(), at: integer().default(0) })).default([]),
    gaps: list(integer().optional()),
  },
});
expectTypeOf<CreateOf<typeof routes>>().toEqualTypeOf<{
  readonly home?: { readonly city: string; readonly zip?: string | null | undefined } | null | undefined;
  readonly stops?: readonly { readonly city: string; readonly at?: number | undefined }[] | undefined;
  readonly gaps: readonly (number | null)[];
}>();
type RequiredKey<T> = { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T];
expectTypeOf<RequiredKey<Create>>().toEqualTypeOf<
  | "title"
  | "ratings"
  | "size"
  | "stock"
  | "price"
  | "onSale"
  | "released"
  | "site"
  | "contact"
  | "device"
  | "apiKey"
  | "cost"
  | "margin"
>();
expectTypeOf<Exclude<keyof Create, RequiredKey<Create>>>().toEqualTypeOf<
  "slug" | "tagline" | "status" | "director" | "tags" | "meta" | "rating" | "placedAt" | "note"
>();
expectTypeOf<Create["tagline"]>().toEqualTypeOf<string | null | undefined>();
expectTypeOf<Create["status"]>().toEqualTypeOf<"draft" | "published" | undefined>();
expectTypeOf<Create["apiKey"]>().toEqualTypeOf<string>();

// Every field may be changed or left alone; null only where the value may be missing.
type Patch = PatchOf<Films["fields"]>;
expectTypeOf<RequiredKey<Patch>>().toEqualTypeOf<never>();
expectTypeOf<Patch["title"]>().toEqualTypeOf<string | undefined>();
expectTypeOf<Patch["tagline"]>().toEqualTypeOf<string | null | undefined>();
expectTypeOf<Patch["stock"]>().toEqualTypeOf<number | { readonly increment: number } | undefined>();
expectTypeOf<Patch["rating"]>().toEqualTypeOf<number | { readonly increment: number } | null | undefined>();
expectTypeOf<Patch["meta"]>().toEqualTypeOf<Json | undefined>();
expectTypeOf<Patch["tags"]>().toEqualTypeOf<readonly string[] | undefined>();
expectTypeOf<Patch>().not.toHaveProperty("inStock");
expectTypeOf<{ width: 3 }>().toExtend<NonNullable<Patch["size"]>>();
expectTypeOf<{ height: null }>().toExtend<NonNullable<Patch["size"]>>();
expectTypeOf<{ depth: 3 }>().not.toExtend<NonNullable<Patch["size"]>>();

// Who chooses the ids sends one.
const countries = collection("countries", { id: text({ min: 2, max: 2 }), fields: { name: text() } });
expectTypeOf<CreateOf<typeof countries>>().toEqualTypeOf<{ readonly id: string; readonly name: string }>();
expectTypeOf<Create>().not.toHaveProperty("id");

// Hooks are typed from the fields beside them.
collection("carts", {
  fields: { total: money(), note: text().hidden() },
  hooks: {
    beforeCreate(input) {
      expectTypeOf(input).toEqualTypeOf<{ readonly total: number; readonly note: string }>();
      return { ...input, total: 0 };
    },
    afterUpdate(record, before, { db, user, now }) {
      expectTypeOf(record.total).toEqualTypeOf<number>();
      expectTypeOf(before.note).toEqualTypeOf<string>();
      expectTypeOf(user?.id).toEqualTypeOf<string | undefined>();
      expectTypeOf(now).toEqualTypeOf<string>();
      expectTypeOf(db(films).get("1")).resolves.toHaveProperty("title");
    },
    // @ts-expect-error there is no such hook
    beforeLunch() {},
  },
});

// Builders take what fits.
text().default("a");
// @ts-expect-error a number is no text
text().default(1);
// @ts-expect-error not one of the choices
choice(["a", "b"]).default("c");
// @ts-expect-error a default is null only where it comes from a function
integer().default(null);
ref("users").default(({ user }) => user?.id ?? null);
// @ts-expect-error the result is no boolean
computed(boolean(), (film: { stock: number }) => film.stock);
// @ts-expect-error a collection has fields
collection("nothing", {});
// @ts-expect-error a field is made by a builder
collection("nothing", { fields: { title: "text" } });
