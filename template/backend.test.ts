import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestApp } from "galley/testing";
import backend, { lists, tasks } from "./backend.ts";

test("a list is finished by its owner, and isn't there for anybody else", async () => {
  await using app = await createTestApp(backend);
  const [ada, bob] = [await app.user(), await app.user()];
  const shopping = await app.as(ada).client.lists.create({ name: "Shopping" });
  for (const title of ["Bread", "Salt"]) await app.as(ada).client.tasks.create({ list: shopping.id, title });

  assert.equal((await app.as(bob).get(`/api/lists/${shopping.id}`)).status, 404);
  assert.equal((await app.as(bob).post("/api/actions/finish", { list: shopping.id })).status, 404);
  assert.equal(await app.db(tasks).count({ where: { done: true } }), 0);

  assert.deepEqual(await app.as(ada).client.finish({ list: shopping.id }), { finished: 2 });
  assert.equal(await app.db(tasks).count({ where: { done: true } }), 2);
});

test("who isn't signed in has no lists", async () => {
  await using app = await createTestApp(backend);
  await app.create(lists, { name: "Shopping" });
  assert.equal((await app.get("/api/lists")).status, 401);
  assert.equal((await app.post("/api/lists", { name: "Mine" })).status, 401);
});
