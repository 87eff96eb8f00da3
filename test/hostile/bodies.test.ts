import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectUnharmed } from "./expect-unharmed.ts";
import { type Attack, type HostileShop, json, openHostileShop, type Reply } from "./hostile-shop.ts";

let shop: HostileShop;
beforeAll(async () => {
  shop = await openHostileShop();
});
afterAll(() => shop.close());

/** A film that would be fine. */
const film = { title: "M", price: 900, stock: 3, weight: 120 };

const deep = (depth: number, open: string, inner: string, close: string): string =>
  open.repeat(depth) + inner + close.repeat(depth);

/** A body for `POST /api/films` as the administrator, and how it is refused. */
const bodies: readonly (readonly [what: string, body: string | Uint8Array, status: number, code: string])[] = [
  ["nothing", "", 422, "invalid_input"],
  ["a blank", " ", 400, "malformed"],
  ["half an object", '{"title":', 400, "malformed"],
  ["two values", "{}{}", 400, "malformed"],
  ["a comment", '{/**/"title":"a"}', 400, "malformed"],
  ["a trailing comma", '{"title":"a",}', 400, "malformed"],
  ["single quotes", "{'title':'a'}", 400, "malformed"],
  ["NaN", '{"price":NaN}', 400, "malformed"],
  ["a hexadecimal number", '{"price":0x10}', 400, "malformed"],
  ["arrays 100,000 deep", deep(100_000, "[", "1", "]"), 400, "malformed"],
  ["objects 100,000 deep", deep(100_000, '{"a":', "1", "}"), 400, "malformed"],
  ["brackets that never close", "[".repeat(500_000), 400, "malformed"],
  ["brackets that never opened", "]".repeat(500_000), 400, "malformed"],
  ["UTF-16", Buffer.from(JSON.stringify(film), "utf16le"), 400, "malformed"],
  ["bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400, "malformed"],
  ["overlong UTF-8", Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 400, "malformed"],
  ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 400, "malformed"],
  ["a string", '"film"', 422, "invalid_input"],
  ["a number", "1e999", 422, "invalid_input"],
  ["null", "null", 422, "invalid_input"],
  ["a lone surrogate", '{"title":"\\ud800","price":1,"stock":1,"weight":1}', 422, "invalid_input"],
  ["NUL", '{"title":"a\\u0000b","price":1,"stock":1,"weight":1}', 422, "invalid_input"],
  ["infinity", '{"title":"a","price":1e999,"stock":1,"weight":1}', 422, "invalid_input"],
  ["minus infinity", '{"title":"a","price":-1e999,"stock":1,"weight":1}', 422, "invalid_input"],
  ["more than an integer holds", '{"title":"a","price":9007199254740993,"stock":1,"weight":1}', 422, "invalid_input"],
  ["a number of 100,000 digits", `{"price":${"9".repeat(100_000)}}`, 422, "invalid_input"],
  ["minus zero in text", '{"title":"a","price":"-0","stock":1,"weight":1}', 422, "invalid_input"],
  ["__proto__", '{"__proto__":{"price":1,"stock":1,"weight":1,"isAdmin":true}}', 422, "invalid_input"],
  ["constructor", '{"constructor":{"prototype":{"isAdmin":true}}}', 422, "invalid_input"],
  ["toString", JSON.stringify({ ...film, toString: 1, hasOwnProperty: 1, valueOf: null }), 422, "invalid_input"],
  ["the system's fields", JSON.stringify({ ...film, id: "mine", version: 9, createdAt: "now" }), 422, "invalid_input"],
  ["a hidden field that isn't there", JSON.stringify({ ...film, _row: 1 }), 422, "invalid_input"],
  ["a computed field", JSON.stringify({ ...film, inStock: true }), 422, "invalid_input"],
  ["40,000 unknown fields", JSON.stringify(wide(40_000)), 422, "invalid_input"],
  ["one field with an endless name", JSON.stringify({ ["a".repeat(500_000)]: 1 }), 422, "invalid_input"],
  ["names with slashes and tildes", JSON.stringify({ "a/b~c": 1, "": 2, "\u0000": 3 }), 422, "invalid_input"],
  ["a million small records", `[${"{},".repeat(300_000)}{}]`, 413, "too_large"],
  ["a thousand bad records", JSON.stringify(Array.from({ length: 1000 }, () => ({}))), 422, "invalid_input"],
  ["records of nothing", "[null,1,[],true]", 422, "invalid_input"],
  ["more than may be sent", JSON.stringify({ title: "a".repeat(1024 * 1024) }), 413, "too_large"],
];

describe.for(["fetch", "socket"] as const)("a body through %s", (way) => {
  const send = (attack: Partial<Attack>): Promise<Reply> =>
    shop.ways[way]({
      method: "POST",
      target: "/api/films",
      headers: [json, ["authorization", `Bearer ${shop.tokens.admin}`]],
      ...attack,
    });

  test.for(bodies)("that is %s is refused", async ([what, body, status, code]) => {
    const reply = await send({ body });
    expectUnharmed(reply, what);
    expect({ status: reply.status, code: JSON.parse(reply.text).code }).toEqual({ status, code });
    // What is wrong is told, not all of it sent back.
    expect(reply.text.length).toBeLessThan(40_000);
  });

  test("with one name twice means its last value, and nothing else", async () => {
    const body = '{"title":"a","price":"no","price":5,"stock":1,"weight":1}';
    const reply = await send({ body });
    expect(reply.status).toBe(201);
    expect(JSON.parse(reply.text)).toMatchObject({ price: 5 });
  });

  test("changes no prototype", async () => {
    await send({ body: '{"__proto__":{"polluted":1}}' });
    await send({ body: '[{"__proto__":{"polluted":1}}]' });
    await send({ target: "/api/films/search", body: '{"where":{"__proto__":{"polluted":1}}}' });
    await send({ target: "/api/batch", body: '[{"operation":"__proto__","input":{"__proto__":{"polluted":1}}}]' });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test.for([
    ["no type", ""],
    ["a form", "application/x-www-form-urlencoded"],
    ["a form with files", "multipart/form-data; boundary=x"],
    ["text, as a page of another site may send it unasked", "text/plain"],
    ["JSON in another charset", "application/json; charset=utf-16"],
    ["JSON and something", "application/jsonx"],
    ["two types", "text/plain, application/json"],
    ["a problem", "application/problem+json"],
    ["a merge patch", "application/merge-patch+json"],
    ["a wildcard", "*/*"],
    ["nonsense", ";;;=\"'"],
  ])("under the type of %s is refused", async ([what = "", type = ""]) => {
    const authorization = ["authorization", `Bearer ${shop.tokens.admin}`] as const;
    const body = JSON.stringify(film);
    const reply = await send({ headers: [["content-type", type], authorization], body });
    expectUnharmed(reply, what, [type]);
    expect(reply.status).toBe(415);
    expect(reply.headers.get("accept")).toBe("application/json");
  });

  test.for(["application/json", "application/json;charset=UTF-8", 'APPLICATION/JSON ; charset="utf-8"'])(
    "as %s is JSON",
    async (type) => {
      const headers = [["content-type", type] as const, ["authorization", `Bearer ${shop.tokens.admin}`] as const];
      expect((await send({ headers, body: JSON.stringify(film) })).status).toBe(201);
    },
  );

  test.for(["gzip", "br", "deflate", "gzip, identity", "zstd", "../../etc", "IDENTITYx"])(
    "that says it is encoded with %s is refused",
    async (encoding) => {
      const headers = [
        json,
        ["content-encoding", encoding] as const,
        ["authorization", `Bearer ${shop.tokens.admin}`] as const,
      ];
      const reply = await send({ headers, body: JSON.stringify(film) });
      expectUnharmed(reply, encoding, [encoding]);
      expect(reply.status).toBe(415);
    },
  );

  test("of a GET, HEAD or OPTIONS means nothing", async () => {
    // The Fetch standard knows no such request.
    if (way === "fetch") return;
    for (const method of ["GET", "HEAD", "OPTIONS"]) {
      const reply = await send({ method, target: "/api/films?limit=1", body: '{"limit":"x"}' });
      expectUnharmed(reply, method);
      expect(reply.status).toBeLessThan(300);
    }
  });
});

function wide(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`field${index}`, index]));
}
