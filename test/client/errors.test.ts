import { expect, test } from "vitest";
import { createClient, GalleyClientError } from "../../src/client/index.ts";
import type definition from "./backend.ts";
import { openClient, origin } from "./open-client.ts";

/** A client of something that answers as it is told. */
function clientOf(answer: () => Response | Promise<Response>) {
  return createClient<typeof definition>(origin, { fetch: () => Promise.resolve(answer()), retries: 0 });
}

test("what the backend refuses is told by its code, place by place", async () => {
  const { admin, customer, nobody, m } = await openClient();
  const wrong = await admin.films.create({ title: "", director: "lang", price: -1 }).result();
  if (wrong.ok) throw new Error("It was taken.");
  expect(wrong.error).toBeInstanceOf(GalleyClientError);
  expect(wrong.error).toMatchObject({ code: "invalid_input", status: 422, requestId: expect.any(String) });
  expect(wrong.error.violations.map(({ path, code }) => `${path} ${code}`)).toEqual([
    "/title too_short",
    "/price too_small",
  ]);
  expect(wrong.error.message).toContain("title must have at least 1 character");
  await expect(nobody.films.get("nothing")).rejects.toMatchObject({ code: "not_found", violations: [] });
  await expect(customer.films.update(m.id, { price: 1 })).rejects.toMatchObject({ code: "forbidden" });
  await expect(nobody.buy({ film: m.id })).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(customer.buy({ film: m.id, copies: 4 })).rejects.toMatchObject({
    code: "sold_out",
    message: "Only 3 copies are left.",
    status: 409,
  });
  const conflict = admin.directors.create({ id: "lang", name: "Another" });
  await expect(conflict).rejects.toMatchObject({ code: "conflict", violations: [{ path: "/id" }] });
});

test("an answer that is not from the backend is taken for none of its own", async () => {
  const page = new Response("<h1>Welcome to the hotel's network</h1>", { headers: { "content-type": "text/html" } });
  const answers: readonly (() => Response)[] = [
    () => page.clone(),
    () => new Response("<h1>Bad gateway</h1>", { status: 502 }),
    () => Response.json({ code: "forbidden", message: "No entry" }, { status: 403 }),
    () => Response.json(null, { status: 400 }),
    () => new Response("{", { headers: { "content-type": "application/json" } }),
    () => Response.redirect("https://elsewhere.test/api/films", 301),
  ];
  for (const answer of answers) {
    const { status } = answer();
    const error = await clientOf(answer)
      .films.list()
      .then(
        () => undefined,
        (one: unknown) => one,
      );
    expect(error).toMatchObject({ code: "unexpected_answer", status });
  }
});

test("a redirect is not followed: what was a POST would arrive as a GET", async () => {
  const { customer, app, m } = await openClient();
  await expect(customer.buy({ film: m.id })).resolves.toBeDefined();
  const seen: Request[] = [];
  const shop = createClient<typeof definition>(origin, {
    fetch(request) {
      seen.push(request);
      return app.fetch(request);
    },
  });
  await shop.films.list();
  expect(seen.map(({ redirect }) => redirect)).toEqual(["manual"]);
});

test("when to ask again is told in seconds, however the server spells it", async () => {
  const refuse = (after: string) => () =>
    new Response(JSON.stringify({ code: "rate_limited", detail: "Slowly.", requestId: "1" }), {
      status: 429,
      headers: { "retry-after": after, "content-type": "application/problem+json" },
    });
  await expect(clientOf(refuse("120")).films.list()).rejects.toMatchObject({ code: "rate_limited", retryAfter: 120 });
  const date = new Date(Date.now() + 60_000).toUTCString();
  const told = await clientOf(refuse(date)).films.list().result();
  expect(told.ok ? 0 : told.error.retryAfter).toBeGreaterThan(50);
  await expect(clientOf(refuse("soon")).films.list()).rejects.toMatchObject({ retryAfter: undefined });
});

test("a mistake of the program is thrown, by result() too", async () => {
  const shop = createClient<typeof definition>("not a url");
  await expect(shop.films.list().result()).rejects.toThrow(TypeError);
  const { admin } = await openClient();
  const endless: Record<string, unknown> = {};
  endless["self"] = endless;
  await expect(admin.films.update("1", { meta: endless as never }).result()).rejects.toThrow(TypeError);
});
