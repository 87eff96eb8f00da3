import { afterAll, beforeAll, expect, test } from "vitest";
import { openScene } from "./access-scene.ts";
import { expectDiscreet } from "./expect-discreet.ts";
import { type OpenShop, openShop } from "./open-shop.ts";
import { address, type Visitor } from "./shop-client.ts";

let open: OpenShop;
let other: Visitor;
beforeAll(async () => {
  open = await openShop();
  other = await open.customer("other");
});
afterAll(() => open.close());

test("no query reaches what an answer would not show", async () => {
  const scene = await openScene(open, "orders");
  const hidden = `supplierCode=${scene.supplierCode}`;
  for (const query of [
    hidden,
    `where={"${hidden.replace("=", '":"')}"}`,
    "sort=supplierCode",
    "select=title,supplierCode",
    "select=title,cost",
    "sort=-cost",
    "cost[gt]=1",
  ]) {
    for (const visitor of [open.anonymous, other]) {
      expect((await visitor.send("GET", `/films?${query}`)).status, query).toBe(400);
    }
  }
  for (const query of ["group=cost", "max=cost", "min=supplierCode", "group=supplierCode"]) {
    expect((await other.send("GET", `/films/aggregate?${query}`)).status, query).toBe(400);
  }
  expect((await open.admin.send("GET", "/films?cost[gt]=1&sort=-cost&select=cost")).status).toBe(200);
  expect((await open.admin.send("GET", "/films?sort=supplierCode")).status).toBe(400);
});

test("an include shows nothing that its own collection would not", async () => {
  const scene = await openScene(open, "orders");
  for (const visitor of [open.anonymous, other]) {
    for (const path of [
      `/films/${scene.ids["films"]}?include=reviews.author`,
      `/reviews/${scene.ids["reviews"]}?include=author`,
      `/films/${scene.ids["films"]}?include=cartLines.cart`,
      `/films/${scene.ids["films"]}?include=orderLines.order`,
    ]) {
      const answer = await visitor.send("GET", path);
      expectDiscreet(answer, path, scene, "other");
      expect(answer.text, path).not.toContain(scene.ids["orders"]);
      expect(answer.text, path).not.toContain(scene.ids["carts"]);
    }
    // A filter through a relation would give away, by the number of films, what others have bought.
    const bought = await visitor.send("GET", `/films?orderLines.order.customer=${scene.owner.id}`);
    expect(bought.status === 200 ? bought.json<{ data: unknown[] }>().data : []).toEqual([]);
  }
});

test("a batch does nothing when one of its members is not allowed", async () => {
  const { owner, ids } = await openScene(open, "orders");
  const answer = await owner.send("POST", "/batch", [
    { operation: "removeFromCart", input: { film: ids["films"] } },
    { operation: "shipOrder", input: { order: ids["orders"] } },
  ]);
  expect(answer).toMatchObject({ status: 403, code: "forbidden" });
  expect(await owner.get("/cartLines")).toMatchObject({ data: [{ film: ids["films"] }] });
});

test("nobody makes themselves an administrator, or somebody else's customer", async () => {
  const { owner, ids } = await openScene(open, "orders");
  expect((await owner.send("PATCH", `/users/${owner.id}`, { roles: ["admin"] })).status).toBe(403);
  expect((await owner.send("PUT", `/users/${owner.id}`, { email: "x@example.com", roles: ["clerk"] })).status).toBe(
    403,
  );
  const signUp = { email: "eve@example.com", password: "long enough a password", roles: ["admin"] };
  expect((await open.anonymous.send("POST", "/auth/sign-up", signUp)).status).toBe(422);
  for (const [collection, body] of [
    ["carts", { customer: owner.id }],
    ["addresses", { customer: owner.id, ...address }],
    ["reviews", { author: owner.id, film: ids["films"], stars: 1 }],
  ] as const) {
    for (const sent of [body, [body]]) {
      const { status } = await other.send("POST", `/${collection}`, sent);
      expect([403, 409], collection).toContain(status);
    }
  }
});
