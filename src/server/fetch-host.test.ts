import { expect, it } from "vitest";
import type { Answer } from "../kit/exchange.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { createFetchHost } from "./fetch-host.ts";

const ok = (body: Answer["body"], headers: Answer["headers"] = {}): Answer => ({ status: 200, headers, body });

it("hands a request over as an exchange", async () => {
  const fetch = createFetchHost(async (exchange) => {
    const { method, path, query, address, secure, requestId } = exchange;
    const body = Buffer.from(await exchange.body(100)).toString();
    return ok(
      JSON.stringify({ method, path, query, address, secure, requestId, type: exchange.header("content-type"), body }),
    );
  });
  const request = new Request("https://shop.example/a%2Fb?c=d?", {
    method: "POST",
    headers: { "request-id": "mine", "content-type": "text/plain" },
    body: "häh",
  });
  const response = await fetch(request, { address: "203.0.113.9" });
  expect(response.headers.get("request-id")).toBe("mine");
  expect(await response.json()).toEqual({
    method: "POST",
    path: "/a%2Fb",
    query: "c=d?",
    address: "203.0.113.9",
    secure: true,
    requestId: "mine",
    type: "text/plain",
    body: "häh",
  });
});

it("answers with repeated header fields and bytes", async () => {
  const fetch = createFetchHost(async () => ok([Uint8Array.of(0, 255)], { "set-cookie": ["a=1", "b=2"] }));
  const response = await fetch(new Request("http://a/"));
  expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(Uint8Array.of(0, 255));
});

it("sends no body for HEAD, 204 and 304", async () => {
  const fetch = createFetchHost(async (exchange) => ({ ...ok("body"), status: Number(exchange.path.slice(1)) }));
  for (const [method, status] of [
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ] as const) {
    const response = await fetch(new Request(`http://a/${status}`, { method }));
    expect(response.status).toBe(status);
    expect(response.body).toBeNull();
  }
});

it("refuses a body that is too long, announced or not", async () => {
  const fetch = createFetchHost(async (exchange) => ok([await exchange.body(10)]));
  const stream = new Blob(["01234567890"]).stream();
  for (const init of [
    { body: stream, duplex: "half" as const },
    { body: "x", headers: { "content-length": "11" } },
  ]) {
    const response = await fetch(new Request("http://a/", { method: "POST", ...init }));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: "too_large" });
  }
  expect(await (await fetch(new Request("http://a/", { method: "POST", body: "0123456789" }))).text()).toBe(
    "0123456789",
  );
  expect(await (await fetch(new Request("http://a/"))).text()).toBe("");
});

it("says that a broken body is malformed", async () => {
  const fetch = createFetchHost(async (exchange) => ok([await exchange.body(10)]));
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
  const response = await fetch(new Request("http://a/", { method: "POST", body, duplex: "half" }));
  expect(await response.json()).toMatchObject({ code: "malformed" });
});

it("answers what is thrown as a problem, and what can't be sent too", async () => {
  const fetch = createFetchHost(async (exchange) => {
    if (exchange.path === "/known") throw new GalleyError("not_found", "Nothing.");
    if (exchange.path === "/header") return ok("x", { location: "a\r\nb" });
    throw new Error("secret");
  });
  expect((await fetch(new Request("http://a/known"))).status).toBe(404);
  expect((await fetch(new Request("http://a/header"))).status).toBe(500);
  expect(await (await fetch(new Request("http://a/"))).text()).not.toContain("secret");
});
