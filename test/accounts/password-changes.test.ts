import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { collection, everyone, text } from "../../src/index.ts";
import { engines, onEngine } from "../pipeline/on-engine.ts";
import type { Answer } from "../pipeline/open-app.ts";

// A password is looked at before the transaction that relies on it, and may be another one by then.
const notes = collection("notes", { fields: { text: text() }, access: { read: everyone } });
const old = "the password of ada";

describe.for(engines)("a password that is changed on %s", (engine) => {
  it("lets nobody in who was signing in with the old one", async () => {
    await onEngine(engine, { collections: [notes] }, async ({ user, anonymous, withToken }) => {
      const ada = await user("ada");
      const signIn = (password: string) => anonymous.post("/auth/sign-in", { email: "ada@example.com", password });
      const change = { ended: false };
      const changed = ada
        .post("/auth/change-password", { currentPassword: old, newPassword: "an even better one" })
        .finally(() => (change.ended = true));
      const thieves: Promise<Answer>[] = [];
      while (!change.ended) {
        thieves.push(signIn(old));
        await wait(15);
      }
      expect((await changed).status).toBe(204);
      const answers = await Promise.all(thieves);
      const refused = await signIn("a wrong password");
      for (const answer of answers) {
        const { status } = await withToken(String(answer.body["token"])).get("/auth/session");
        expect(status).toBe(401);
        if (answer.status !== 200) {
          expect({ ...answer.body, requestId: "" }).toEqual({ ...refused.body, requestId: "" });
        }
      }
      expect((await ada.get("/auth/session")).status).toBe(200);
      expect((await signIn("an even better one")).status).toBe(200);
    });
  });

  it("is changed once by two who know it and change it at the same time", async () => {
    await onEngine(engine, { collections: [notes] }, async ({ user, anonymous }) => {
      const ada = await user("ada");
      const words = ["an even better one", "the very best one"];
      const answers = await Promise.all(
        words.map((newPassword) => ada.post("/auth/change-password", { currentPassword: old, newPassword })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 403]));
      for (const [index, password] of words.entries()) {
        const { status } = await anonymous.post("/auth/sign-in", { email: "ada@example.com", password });
        expect(status).toBe(answers[index]?.status === 204 ? 200 : 401);
      }
    });
  });
});
