import { describe, expect, test } from "vitest";
import { collection, internalCollection } from "./collection.ts";
import { boolean } from "./field-boolean.ts";
import { computed } from "./field-computed.ts";
import { integer } from "./field-number.ts";
import { ref } from "./field-ref.ts";
import { text } from "./field-text.ts";
import { createModel } from "./model.ts";

const people = collection("people", { fields: { name: text().search(), boss: ref("people").optional() } });
const films = collection("films", {
  fields: {
    title: text().search(),
    note: text().hidden(),
    director: ref("people", { inverse: "directed", onDelete: "clear" }).optional(),
    writer: ref("people").optional(),
    star: ref("people").optional(),
    inStock: computed(boolean(), () => true),
  },
});
const reviews = collection("reviews", {
  fields: { film: ref("films", { onDelete: "cascade" }), author: ref("people") },
});
const audits = internalCollection("_audits", { fields: { film: ref("films", { inverse: "audits" }) } });
const countries = collection("countries", { id: text({ min: 2, max: 2 }), fields: { name: text() } });
const model = createModel([people, films, reviews, audits, countries]);

function relations(name: string): string[] {
  return [...model.collection(name).relations.values()].map(
    (relation) => `${relation.name}: ${relation.kind} of ${relation.target} by ${relation.field}`,
  );
}

describe("a model", () => {
  test("knows what is stored, computed and searched", () => {
    const film = model.collection("films");
    expect(film.stored).toEqual([
      "id",
      "title",
      "note",
      "director",
      "writer",
      "star",
      "createdAt",
      "updatedAt",
      "version",
    ]);
    expect(film.computed).toEqual(["inStock"]);
    expect(film.searched).toEqual(["title"]);
    expect([...film.fields.keys()]).toEqual([...film.stored.slice(0, 6), "inStock", ...film.stored.slice(6)]);
  });

  test("knows relations in both directions, by the given name or the natural one", () => {
    expect(relations("reviews")).toEqual(["film: one of films by film", "author: one of people by author"]);
    expect(relations("people")).toEqual([
      "boss: one of people by boss",
      "people: many of people by boss",
      "directed: many of films by director",
      "reviews: many of reviews by author",
    ]);
  });

  test("gives no natural name where two fields could have it, and none to what is internal", () => {
    expect(relations("people")).not.toContain(expect.stringMatching(/^films/));
    expect(relations("films").filter((line) => line.includes("many"))).toEqual(["reviews: many of reviews by film"]);
  });

  test("gives no natural name that a field or a given name has", () => {
    const shelves = collection("shelves", {
      fields: { books: integer(), pages: ref("paper", { inverse: "shelves" }) },
    });
    const books = collection("books", { fields: { shelf: ref("shelves"), paper: ref("paper", { inverse: "notes" }) } });
    const notes = collection("notes", { fields: { paper: ref("paper") } });
    const paper = collection("paper", { fields: {} });
    const other = createModel([shelves, books, notes, paper]);
    expect([...other.collection("shelves").relations.keys()]).toEqual(["pages"]);
    expect(other.collection("paper").relations.get("notes")?.target).toBe("books");
    expect([...other.collection("paper").relations.keys()]).toEqual(["shelves", "notes"]);
  });

  test("knows who refers to a collection, internal ones too", () => {
    expect(model.collection("films").referrers).toEqual([
      { collection: "reviews", field: "film", onDelete: "cascade" },
      { collection: "_audits", field: "film", onDelete: "restrict" },
    ]);
    expect(model.collection("people").referrers.map(({ field, onDelete }) => `${field} ${onDelete}`)).toEqual([
      "boss restrict",
      "director clear",
      "writer restrict",
      "star restrict",
      "author restrict",
    ]);
  });

  test("takes an id only where clients choose it", () => {
    expect(model.collection("countries").validators.create.parse({ id: "de", name: "Germany" })).toEqual({
      id: "de",
      name: "Germany",
    });
    expect(() => model.collection("countries").validators.create.parse({ name: "Germany" })).toThrow("id is required");
    expect(() => model.collection("people").validators.create.parse({ id: "1", name: "Ada" })).toThrow(
      "id is kept by the server and can't be set",
    );
    expect(() => model.collection("countries").validators.patch.parse({ id: "fr" })).toThrow(
      "id is kept by the server and can't be set",
    );
  });

  test("says which collection is not there", () => {
    expect(() => model.collection("toString")).toThrow('There is no collection "toString" in this backend.');
  });
});
