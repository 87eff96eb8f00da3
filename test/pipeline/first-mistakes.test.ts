import { expect, test } from "vitest";
import { type Backend, backend, collection, everyone, ref, text, users } from "../../src/index.ts";
import { createApp } from "../../src/server/index.ts";

const start = (definition: unknown): Promise<unknown> => createApp(definition as Backend);

test("what is no backend, and users that can't sign in, are refused in words", async () => {
  await expect(start({})).rejects.toThrow("backend({");
  const plain = collection("users", { fields: { name: text() } });
  await expect(start(backend({ collections: [plain] }))).rejects.toThrow("users({ fields })");
  const own = users({ fields: { password: text().optional() } });
  await expect(start(backend({ collections: [own] }))).rejects.toThrow('field "password"');
  await expect(start(backend({ collections: [], roles: ["clerk", "clerk"] }))).rejects.toThrow('"clerk" twice');
});

test("a ref that knows no such way to be deleted is refused", async () => {
  const onDelete = "cascad" as "cascade";
  const notes = collection("notes", { fields: { author: ref("users", { onDelete }) } });
  await expect(start(backend({ collections: [notes] }))).rejects.toThrow('onDelete: "cascad"');
});

test("a record may be sent back with its own id, and with no other", async () => {
  const notes = collection("notes", { fields: { words: text() }, access: { read: everyone, write: everyone } });
  const app = await createApp(backend({ collections: [notes] }));
  const send = async (method: string, path: string, body: object): Promise<{ status: number; id: string }> => {
    const init = { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await app.fetch(new Request(`http://localhost/api/notes${path}`, init));
    return { status: response.status, id: String(((await response.json()) as { readonly id?: unknown }).id) };
  };
  const { id } = await send("POST", "", { words: "a" });
  for (const method of ["PATCH", "PUT"]) {
    expect((await send(method, `/${id}`, { id, words: "b" })).status).toBe(200);
    expect((await send(method, `/${id}`, { id: "another", words: "c" })).status).toBe(422);
  }
  await app.close();
});

test("nobody signs up into a team", async () => {
  const teams = collection("teams", { fields: { name: text() } });
  const people = users({ fields: { team: ref("teams").optional(), name: text().optional() } });
  const app = await createApp(backend({ collections: [people, teams] }));
  const signUp = (more: object): Promise<Response> => {
    const body = JSON.stringify({ email: "a@b.example", password: "horse feathers", ...more });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    return app.fetch(new Request("http://localhost/api/auth/sign-up", init));
  };
  expect((await signUp({ team: "01a1f930-1e43-715a-8e6a-f831cee4620d" })).status).toBe(422);
  expect((await signUp({ name: "Ada" })).status).toBe(201);
  await app.close();
});

test("options that mean nothing are mistakes, each by its name", async () => {
  const options = { fields: { words: text() }, indices: [["words"]], hooks: { beforeSave: () => undefined } };
  const auth = { signup: false, sessionDays: -1 };
  const definition = backend({ collections: [collection("notes", options as never)], auth });
  const refused = start(definition);
  await expect(refused).rejects.toThrow('Collection "notes": "indices" is no option; did you mean indexes?');
  await expect(refused).rejects.toThrow('Collection "notes": "hooks.beforeSave" is no option.');
  await expect(refused).rejects.toThrow('backend(): "auth.signup" is no option; did you mean signUp?');
  await expect(refused).rejects.toThrow("auth.sessionDays is -1");
});

test("a definition that extends another is none, and a stray option beside it is", async () => {
  const notes = collection("notes", { fields: { words: text() } });
  const first = backend({ collections: [notes] });
  const more = collection("more", { ...notes, access: { read: everyone } });
  const app = await createApp(backend({ ...first, collections: [notes, more], limits: { requests: false } }));
  await app.close();
  await expect(start(backend({ ...first, limts: {} } as never))).rejects.toThrow('"limts" is no option');
});

test("who asks for the origin alone is told where everything is", async () => {
  const app = await createApp(backend({ collections: [] }));
  const response = await app.fetch(new Request("http://localhost/"));
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({
    code: "not_found",
    detail: "Nothing is at this path. The API is below /api, and described at /api/docs.",
  });
  await app.close();
});
