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
