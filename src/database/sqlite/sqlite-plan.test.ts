import { afterAll, describe, expect, it } from "vitest";
import type { Position } from "../../query/cursor.ts";
import { allOf, always, never, type Comparison, type Operand, type Predicate } from "../../query/predicate.ts";
import { relevance, type SortTerm } from "../../query/sort.ts";
import { collection } from "../../schema/collection.ts";
import { boolean } from "../../schema/field-boolean.ts";
import { integer } from "../../schema/field-number.ts";
import { ref } from "../../schema/field-ref.ts";
import { text } from "../../schema/field-text.ts";
import { createModel } from "../../schema/model.ts";
import { createSqlCompiler } from "../sql/sql-compiler.ts";
import { openConnection } from "./sqlite-connection.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { migrateSqlite } from "./sqlite-migration.ts";
import { readsMuch } from "./sqlite-plan.ts";

const model = createModel([
  collection("films", {
    fields: {
      title: text().search(),
      genre: text(),
      year: integer().optional(),
      price: integer(),
      live: boolean(),
      slug: text().unique(),
      director: ref("people").optional(),
    },
    indexes: [["title"], ["genre", "-price"], ["year"], ["-price"]],
  }),
  collection("people", { fields: { name: text() } }),
  collection("sessions", { fields: { user: ref("people"), token: text().unique() } }),
]);
const connection = openConnection({ path: ":memory:", readOnly: false });
migrateSqlite(connection, model);
afterAll(() => connection.close());

const compiler = createSqlCompiler(model, sqliteDialect);
const films = model.collection("films");

const is = (field: string, comparison: Comparison, operand: Operand): Predicate => ({
  kind: "compare",
  field,
  path: [],
  comparison,
  operand,
});
const byDirector: Predicate = { kind: "related", relation: "director", where: is("name", "contains", "x") };
const search: Predicate = { kind: "search", words: ["film"] };

/** An order as a query spells it, with the id at the end. */
function orderOf(...names: readonly string[]): SortTerm[] {
  const terms = names.map((name) => ({ field: name.replace(/^-/, ""), descending: name.startsWith("-") }));
  return [...terms, { field: "id", descending: terms.at(-1)?.descending ?? false }];
}

function page(order: readonly SortTerm[], where: Predicate = always, after?: Position): string {
  return compiler.select(films, { where, order, limit: 20, after }).text;
}

/** The plan of each range that a page is made of. */
const plansOf = (sql: string): string[][] => sql.split(" UNION ALL ").map((range) => connection.plan(range));

describe("the plan of a page", () => {
  it.each([
    ["ascending", orderOf("title"), ["a", "id"]],
    ["descending", orderOf("-price"), [5, "id"]],
    ["descending along an ascending index", orderOf("-title"), ["a", "id"]],
    ["with missing values", orderOf("year"), [1999, "id"]],
    ["with missing values, after one", orderOf("year"), [null, "id"]],
    ["descending with missing values", orderOf("-year"), [1999, "id"]],
    ["of two keys, mixed", orderOf("genre", "-price"), ["Drama", 5, "id"]],
    ["of two keys, mixed, the other way", orderOf("-genre", "price"), ["Drama", 5, "id"]],
    ["by id", orderOf(), ["id"]],
    ["by a unique field", orderOf("slug"), ["a", "id"]],
  ])("walks along an index, %s, without sorting", (_name, order, after) => {
    for (const plans of [plansOf(page(order)), plansOf(page(order, always, after))]) {
      for (const steps of plans) {
        expect(steps.join("\n")).toMatch(/(?:SCAN|SEARCH) t USING (?:COVERING )?INDEX/);
        expect(steps.join("\n")).not.toContain("TEMP B-TREE");
      }
    }
    expect(readsMuch(connection, page(order))).toBe(false);
    expect(readsMuch(connection, page(order, always, after))).toBe(false);
  });

  it("finds the ranges of an index after a cursor, and reads nothing before it", () => {
    const steps = plansOf(page(orderOf("genre", "-price"), always, ["Drama", 5, "id"])).flat();
    expect(steps.filter((step) => step.startsWith("SCAN t"))).toEqual([]);
    expect(steps.filter((step) => step.startsWith("SEARCH t"))).toHaveLength(3);
  });

  it("is one range where all keys go in one direction, and begins at the cursor whatever else bounds the key", () => {
    const least = is("title", "gte", "a");
    for (const [order, after, range] of [
      [orderOf("title"), ["m", "id"], "(title,id)>(?,?)"],
      [orderOf("-title"), ["m", "id"], "(title,id)<(?,?)"],
      [orderOf("-price"), [5, "id"], "(price,id)<(?,?)"],
      [orderOf("year"), [1999, "id"], "(year,id)>(?,?)"],
    ] as const) {
      expect(plansOf(page(order, always, after))).toEqual([[expect.stringContaining(range)]]);
      if (range.startsWith("(title"))
        expect(plansOf(page(order, least, after))).toEqual([[expect.stringContaining(range)]]);
    }
    const within = allOf([is("genre", "eq", "Drama"), is("price", "lte", 9)]);
    expect(
      plansOf(page(orderOf("-price"), within, [5, "id"]))
        .flat()
        .join(),
    ).toContain("(genre=? AND (price,id)<(?,?))");
    // What isn't one range begins with the cursor too.
    const mixed = page(orderOf("genre", "-price"), is("price", "lte", 9), ["Drama", 5, "id"]);
    for (const text of mixed.split(" UNION ALL "))
      expect(text).toMatch(/ WHERE t\."genre" (?:= \? AND t\."price" [<=]|>)/);
  });

  it("uses the index of a ref for what is included and for what refers to a record", () => {
    const among: Predicate = { kind: "in", field: "director", path: [], operands: ["a", "b"] };
    expect(plansOf(page(orderOf(), among)).flat()[0]).toMatch(/SEARCH t USING INDEX films_director_id \(director=\?/);
    expect(plansOf(page(orderOf(), is("director", "eq", "a"))).flat()[0]).toContain("films_director_id");
    const ids: Predicate = { kind: "in", field: "id", path: [], operands: ["a", "b"] };
    expect(plansOf(page(orderOf(), ids)).flat()[0]).toMatch(/SEARCH t USING INDEX \S+ \(id=\?\)/);
  });

  it("finds a session by the unique index of its token, and a record by its id", () => {
    const sessions = model.collection("sessions");
    const query = { where: is("token", "eq", "x"), order: orderOf(), limit: 1, after: undefined };
    const session = compiler.select(sessions, query).text;
    expect(plansOf(session)).toEqual([["SEARCH t USING INDEX sessions_token_unique (token=?)"]]);
    expect(readsMuch(connection, session)).toBe(false);
    const byId = compiler.get(films, "x", always).text;
    expect(plansOf(byId).flat()[0]).toMatch(/SEARCH t USING INDEX \S+ \(id=\?\)/);
    expect(readsMuch(connection, compiler.get(films, "x", byDirector).text)).toBe(false);
  });

  it("answers a prefix from the index", () => {
    const sql = page(orderOf("title"), is("title", "startsWith", "The"));
    expect(plansOf(sql).flat()[0]).toContain("films_title_id (title>? AND title<?)");
    expect(readsMuch(connection, sql)).toBe(false);
  });
});

describe("a statement reads much", () => {
  it.each([
    ["a filter without an index", page(orderOf(), is("live", "eq", true))],
    ["an order without an index", page(orderOf("live"))],
    ["an order that only begins with an index", page(orderOf("genre", "price"))],
    ["a part of a text", page(orderOf("title"), is("title", "contains", "x"))],
    ["a filter beside the order of an index", page(orderOf("title"), is("live", "eq", true))],
    ["a filter on each later page", page(orderOf(), is("title", "contains", "x"), ["id"])],
    ["a filter on each later page of an index", page(orderOf("title"), is("title", "contains", "x"), ["a", "id"])],
    ["a filter within a wide range", page(orderOf("title"), allOf([is("title", "gte", ""), is("live", "eq", true)]))],
    ["a relation", page(orderOf(), byDirector)],
    ["a relation on each later page", page(orderOf(), byDirector, ["id"])],
    ["a negation", page(orderOf("title"), { kind: "not", of: is("title", "eq", "x") })],
    ["a choice", page(orderOf(), { kind: "or", of: [is("live", "eq", true), is("genre", "eq", "x")] })],
    ["a search by relevance", page([{ field: relevance, descending: false }, ...orderOf()], search)],
    ["a search in another order", page(orderOf("title"), search)],
    ["a count", compiler.count(films, always).text],
    ["groups", aggregateOf(["genre"], [])],
    ["a sum", aggregateOf([], ["price"])],
  ])("with %s", (_name, sql) => {
    expect(readsMuch(connection, sql)).toBe(true);
  });

  it.each([
    ["the first page of a range", page(orderOf("title"), is("title", "gte", "m"))],
    ["a later page of a range", page(orderOf("title"), is("title", "gte", "m"), ["n", "id"])],
    ["a later page of a range, downwards", page(orderOf("-title"), is("title", "gte", "m"), ["n", "id"])],
    ["a later page of all", page(orderOf("-price"), always, [5, "id"])],
    ["a page of one group", page(orderOf("-price"), is("genre", "eq", "Drama"))],
    ["a filter within one group", page(orderOf(), allOf([is("director", "eq", "x"), is("live", "eq", true)]))],
    ["what is missing", page(orderOf(), { kind: "missing", field: "year", path: [] })],
    ["nothing", page(orderOf(), never)],
    ["one record under a rule", compiler.get(films, "x", is("live", "eq", true)).text],
  ])("not with %s", (_name, sql) => {
    expect(readsMuch(connection, sql)).toBe(false);
  });
});

function aggregateOf(group: readonly string[], sum: readonly string[]): string {
  return compiler.aggregate(films, { where: always, group, figures: { sum, avg: [], min: [], max: [] } }, 10).text;
}
