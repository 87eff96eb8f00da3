import { describe, expect, it } from "vitest";
import { collection, everyone, integer, owner, ref, role, signedIn, text } from "../../src/index.ts";
import { engines, onEngine } from "./on-engine.ts";
import type { Answer, Caller } from "./open-app.ts";

// What may be written is said by others' records: nobody learns of a record from being in its way.
const projects = collection("projects", {
  fields: { name: text(), lead: ref("users") },
  access: { read: everyone, write: role("admin") },
});
const members = collection("members", {
  fields: { project: ref("projects", { inverse: "members" }), user: ref("users") },
  access: { read: everyone, write: role("admin") },
});
const documents = collection("documents", {
  fields: { project: ref("projects"), name: text(), code: integer().unique(), place: text().optional() },
  unique: [["project", "name"]],
  access: {
    read: owner("project.lead"),
    write: owner("project.lead").or(({ user }) => user !== null && { project: { members: { user: user.id } } }),
  },
});
/** Who has remarked on a project may go on; a first remark makes itself true. */
const remarks = collection("remarks", {
  fields: { project: ref("projects", { inverse: "remarks" }), by: text(), code: integer().unique() },
  access: { read: signedIn, write: ({ user }) => user !== null && { project: { remarks: { by: user.id } } } },
});
const definition = { collections: [projects, members, documents, remarks] };

describe.for(engines)("a record that is in the way, on %s", (engine) => {
  async function scene(
    work: (made: {
      readonly lead: Caller;
      readonly stranger: Caller;
      readonly member: Caller;
      readonly theirs: string;
      readonly own: string;
    }) => Promise<void>,
  ): Promise<void> {
    await onEngine(engine, definition, async ({ admin, user }) => {
      const [lead, stranger, member] = [await user("lead"), await user("stranger"), await user("member")];
      const project = async (by: Caller): Promise<string> =>
        String((await admin.post("/projects", { name: by.id, lead: by.id })).body["id"]);
      const [theirs, own] = [await project(lead), await project(stranger)];
      await admin.post("/members", { project: theirs, user: member.id });
      const first = await lead.post("/documents", { project: theirs, name: "plan", code: 7 });
      expect(first.status).toBe(201);
      await work({ lead, stranger, member, theirs, own });
    });
  }

  /** Status and text, without what is different in each answer. */
  const told = ({ status, body }: Answer): unknown => ({ ...body, status, requestId: undefined });

  it("is nothing that a create tells to who may not make it", async () => {
    await scene(async ({ lead, stranger, member, theirs }) => {
      const attempts = [
        { name: "plan", code: 8 },
        { name: "other", code: 7 },
        { name: "free", code: 9 },
      ];
      const answers: unknown[] = [];
      for (const attempt of attempts)
        answers.push(told(await stranger.post("/documents", { project: theirs, ...attempt })));
      expect(answers).toEqual(answers.map(() => expect.objectContaining({ status: 403 })));
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
      const many = await stranger.post("/documents", [{ project: theirs, ...attempts[0] }]);
      expect(many.status).toBe(403);
      for (const caller of [lead, member])
        expect((await caller.post("/documents", { project: theirs, ...attempts[0] })).status).toBe(409);
      expect((await member.post("/documents", { project: theirs, ...attempts[2] })).status).toBe(201);
    });
  });

  it("is nothing that a change tells to who may not make it", async () => {
    await scene(async ({ stranger, theirs, own }) => {
      const made = await stranger.post("/documents", { project: own, name: "plan", code: 1 });
      const path = `/documents/${String(made.body["id"])}`;
      const [taken, free] = [
        await stranger.patch(path, { project: theirs }),
        await stranger.patch(path, { project: theirs, name: "free" }),
      ];
      expect(taken.status).toBe(403);
      expect(told(free)).toEqual(told(taken));
      // In their own project the code is in the way: that much a unique field tells.
      expect((await stranger.patch(path, { code: 7 })).status).toBe(409);
      expect((await stranger.patch(path, { place: "here" })).status).toBe(200);
    });
  });

  it("leaves what only the record itself makes true as it was", async () => {
    await scene(async ({ stranger, lead, theirs }) => {
      expect((await stranger.post("/remarks", { project: theirs, by: stranger.id, code: 1 })).status).toBe(201);
      expect((await lead.post("/remarks", { project: theirs, by: stranger.id, code: 1 })).status).toBe(403);
      expect((await lead.post("/remarks", { project: theirs, by: stranger.id, code: 2 })).status).toBe(403);
      expect((await stranger.post("/remarks", { project: theirs, by: lead.id, code: 1 })).status).toBe(409);
    });
  });
});
