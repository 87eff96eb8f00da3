import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Answer, Route } from "./exchange.ts";
import { GalleyError } from "./galley-error.ts";
import { createRouter } from "./router.ts";

const answer: Answer = { status: 200, headers: {}, body: null };
const route = (method: string, path: string): Route => ({ method, path, handler: async () => answer });

const router = createRouter([
  route("GET", "/"),
  route("GET", "/api/films"),
  route("POST", "/api/films"),
  route("POST", "/api/films/search"),
  route("GET", "/api/films/:id"),
  route("PATCH", "/api/films/:film"),
  route("GET", "/api/films/:id/history"),
  route("GET", "/api/:collection/:id/reviews/:review"),
]);

function refusal(method: string, path: string): GalleyError {
  try {
    router.match(method, path);
  } catch (error) {
    if (error instanceof GalleyError) return error;
    throw error;
  }
  throw new Error(`${method} ${path} was matched.`);
}

describe("match", () => {
  it("finds routes without and with parameters", () => {
    expect(router.match("GET", "/").pattern).toBe("/");
    expect(router.match("POST", "/api/films").pattern).toBe("/api/films");
    expect(router.match("GET", "/api/films/42")).toMatchObject({ pattern: "/api/films/:id", parameters: { id: "42" } });
    expect(router.match("PATCH", "/api/films/42").parameters).toEqual({ film: "42" });
    expect(router.match("GET", "/api/films/42/history").parameters).toEqual({ id: "42" });
  });

  it("turns back to a parameter where a literal leads nowhere", () => {
    expect(router.match("GET", "/api/films/42/reviews/7").parameters).toEqual({
      collection: "films",
      id: "42",
      review: "7",
    });
  });

  it("lets literals win over parameters, whatever the method", () => {
    expect(router.match("POST", "/api/films/search").pattern).toBe("/api/films/search");
    expect(refusal("GET", "/api/films/search").headers).toEqual({ allow: "OPTIONS, POST" });
  });

  it("answers HEAD with GET's route", () => {
    expect(router.match("HEAD", "/api/films").pattern).toBe("/api/films");
    expect(router.match("HEAD", "/api/films/42").pattern).toBe("/api/films/:id");
  });

  it("decodes parameters, and literals too", () => {
    expect(router.match("GET", "/api/films/Am%C3%A9lie%2F1%20%25").parameters).toEqual({ id: "Amélie/1 %" });
    expect(router.match("GET", "/%61pi/films").pattern).toBe("/api/films");
    expect(router.match("GET", "/api/films/__proto__").parameters).toEqual({ id: "__proto__" });
  });

  it("refuses percent-encoding that is none", () => {
    for (const id of ["%", "%4", "%zz", "%ff", "%ed%a0%80", "%c0%80", "a%00b"]) {
      expect(refusal("GET", `/api/films/${id}`).code).toBe("malformed");
    }
  });

  it("says not_found for paths that lead nowhere", () => {
    for (const path of ["", "api", "*", "/api", "/api/", "/api/films/", "/api//films", "/api/films/1/", "/API/films"]) {
      expect(refusal("GET", path).code).toBe("not_found");
    }
    expect(refusal("GET", "/a".repeat(10_000)).code).toBe("not_found");
  });

  it("says which methods a path answers when it doesn't answer this one", () => {
    const error = refusal("DELETE", "/api/films/42");
    expect(error.code).toBe("method_not_allowed");
    expect(error.headers).toEqual({ allow: "GET, HEAD, OPTIONS, PATCH" });
  });

  it("gives back any text that was encoded as a parameter", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((id) => id !== "search" && !id.includes("\0"));
    fc.assert(
      fc.property(text, (id) => {
        expect(router.match("GET", `/api/films/${encodeURIComponent(id)}`).parameters).toEqual({ id });
      }),
    );
  });
});

describe("allowed", () => {
  it("lists the methods of a path", () => {
    expect(router.allowed("/api/films")).toEqual(["GET", "HEAD", "OPTIONS", "POST"]);
    expect(router.allowed("/api/films/42")).toEqual(["GET", "HEAD", "OPTIONS", "PATCH"]);
    expect(router.allowed("/nowhere")).toEqual([]);
  });
});

describe("createRouter", () => {
  it("refuses routes that could never be reached, all at once", () => {
    const create = (): unknown =>
      createRouter([
        route("GET", "/films/:id"),
        route("GET", "/films/:film"),
        route("POST", "/films"),
        route("POST", "/films"),
      ]);
    expect(create).toThrow("GET /films/:film is already served by GET /films/:id");
    expect(create).toThrow("POST /films is already served by POST /films");
  });

  it("tells a path from the same with a slash at its end", () => {
    const router = createRouter([route("GET", "/a"), route("GET", "/a/")]);
    expect(router.match("GET", "/a").pattern).toBe("/a");
    expect(router.match("GET", "/a/").pattern).toBe("/a/");
  });

  it("refuses paths that are not spelled right", () => {
    expect(() => createRouter([route("get", "/a")])).toThrow("upper case");
    expect(() => createRouter([route("GET", "a")])).toThrow("start with a slash");
    for (const path of ["/a//b", "/a//", "//", "/:", "/a/:1", "/a b", "/a?b", "/a/..", "/caf%C3%A9"]) {
      expect(() => createRouter([route("GET", path)])).toThrow("must have segments");
    }
    expect(() => createRouter([route("GET", "/:id/:id")])).toThrow("twice");
  });
});
