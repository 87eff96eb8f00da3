import { describe, expect, it } from "vitest";
import { collection } from "../../src/schema/collection.ts";
import { boolean } from "../../src/schema/field-boolean.ts";
import { choice } from "../../src/schema/field-choice.ts";
import { computed } from "../../src/schema/field-computed.ts";
import { integer } from "../../src/schema/field-number.ts";
import { json } from "../../src/schema/field-json.ts";
import { list } from "../../src/schema/field-list.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { secret, text } from "../../src/schema/field-text.ts";
import { everyone, nobody, owner, role, signedIn } from "../../src/schema/rule.ts";
import { users } from "../../src/auth/users.ts";
import type { User } from "../../src/schema/principal.ts";
import { type Body, dataOf, openApp } from "./open-app.ts";

const projects = collection("projects", {
  fields: {
    name: text().search(),
    lead: ref("users"),
    public: boolean().default(false),
    /** For the lead and administrators only. */
    budget: integer()
      .optional()
      .readable(owner("lead").or(role("admin")))
      .writable(role("admin")),
    /** For administrators only. */
    margin: integer().optional().readable(role("admin")).writable(role("admin")),
    note: text().optional().hidden().writable(role("admin")),
    key: secret().optional().writable(role("admin")),
    summary: computed(text(), (project: { name: string }) => `${project.name}!`),
  },
  access: {
    read: owner("lead")
      .or(role("admin"))
      .or(() => ({ public: true })),
    create: owner("lead").or(role("admin")),
    update: owner("lead").or(role("admin")),
    delete: role("admin"),
  },
});

const tasks = collection("tasks", {
  fields: {
    title: text(),
    project: ref("projects", { onDelete: "cascade" }),
    state: choice(["open", "done"]).default("open"),
  },
  access: {
    read: owner("project.lead").or(role("admin")),
    create: owner("project.lead").or(role("admin")),
    update: owner("project.lead")
      .and(() => ({ state: "open" }))
      .or(role("admin")),
    delete: nobody,
  },
});

/** Without rules: for administrators only. */
const plans = collection("plans", { fields: { text: text() } });
/** A letter box: everyone puts in and, knowing the id, changes; administrators read. */
const letters = collection("letters", {
  fields: { text: text(), stamp: text().default("none") },
  access: { read: role("admin"), create: everyone, update: signedIn },
});

const definition = { collections: [projects, tasks, plans, letters], roles: ["clerk"] };

async function scene() {
  const app = await openApp(definition);
  const [ada, bob] = [await app.user("ada"), await app.user("bob")];
  const secrets = { budget: 100, margin: 7, note: "the hidden note", key: "the secret key" };
  const made = async (fields: Body) =>
    String((await app.admin.post("/projects", { ...secrets, ...fields })).body["id"]);
  const [mine, shown, theirs] = [
    await made({ name: "mine", lead: ada.id }),
    await made({ name: "shown", lead: bob.id, public: true }),
    await made({ name: "theirs", lead: bob.id }),
  ];
  return { ...app, ada, bob, mine, shown, theirs };
}

describe("rules of a collection", () => {
  it("deny whoever has no rule: sign in first, or not even then", async () => {
    const { anonymous, ada, admin } = await scene();
    for (const path of ["/plans", "/plans/0192d3a0-7b1c-7def-8123-456789abcdef", "/plans/aggregate"]) {
      expect((await anonymous.get(path)).status).toBe(401);
      expect((await ada.get(path)).status).toBe(403);
    }
    expect((await anonymous.post("/plans", { text: "x" })).status).toBe(401);
    expect((await ada.post("/plans", { text: "x" })).status).toBe(403);
    expect((await admin.post("/plans", { text: "x" })).status).toBe(201);
  });

  it("make a record that may not be seen one that is not there", async () => {
    const { anonymous, ada, theirs, shown } = await scene();
    const nowhere = "0192d3a0-7b1c-7def-8123-456789abcdef";
    for (const id of [theirs, nowhere, "no-uuid", "aggregate'--"]) {
      expect((await ada.get(`/projects/${id}`)).status).toBe(404);
      expect((await ada.patch(`/projects/${id}`, { name: "x" })).status).toBe(404);
    }
    expect((await ada.patch(`/projects/${shown}`, { name: "x" })).status).toBe(403);
    expect((await anonymous.get(`/projects/${shown}`)).status).toBe(200);
    expect((await anonymous.patch(`/projects/${shown}`, { name: "x" })).status).toBe(401);
    expect((await ada.delete(`/projects/${shown}`)).status).toBe(403);
  });

  it("filter lists, counts, aggregates and searches", async () => {
    const { anonymous, ada, admin } = await scene();
    const names = async (caller: typeof ada, query = "") =>
      dataOf(await caller.get(`/projects?sort=name${query}`)).map(({ name }) => name);
    expect(await names(anonymous)).toEqual(["shown"]);
    expect(await names(ada)).toEqual(["mine", "shown"]);
    expect(await names(admin)).toEqual(["mine", "shown", "theirs"]);
    expect(await names(ada, "&search=theirs")).toEqual([]);
    expect(await names(ada, '&where={"or":[{"name":"theirs"},{"not":{"name":"mine"}}]}')).toEqual(["shown"]);
    expect((await ada.get("/projects?total=true")).body["total"]).toBe(2);
    expect(dataOf(await ada.get("/projects/aggregate"))).toMatchObject([{ count: 2 }]);
  });

  it("lead through relations, for what is read and for what is written", async () => {
    const { ada, bob, admin, mine, shown } = await scene();
    const task = String((await ada.post("/tasks", { title: "t", project: mine })).body["id"]);
    expect((await bob.get(`/tasks/${task}`)).status).toBe(404);
    expect((await bob.patch(`/tasks/${task}`, { title: "x" })).status).toBe(404);
    // The project can be seen, and is not theirs to add to.
    expect((await ada.post("/tasks", { title: "t", project: shown })).status).toBe(403);
    expect(dataOf(await admin.get("/tasks"))).toHaveLength(1);
    expect((await ada.patch(`/tasks/${task}`, { title: "u" })).status).toBe(200);
    expect((await ada.delete(`/tasks/${task}`)).status).toBe(403);
  });

  it("refuse a change that moves a record out of the caller's rights, and keep nothing of it", async () => {
    const { ada, bob, mine, shown } = await scene();
    expect((await ada.patch(`/projects/${mine}`, { lead: bob.id })).status).toBe(409);
    const task = String((await ada.post("/tasks", { title: "t", project: mine })).body["id"]);
    expect((await ada.patch(`/tasks/${task}`, { project: shown })).status).toBe(403);
    expect((await ada.patch(`/tasks/${task}`, { state: "done" })).status).toBe(403);
    expect((await ada.get(`/tasks/${task}`)).body).toMatchObject({ project: mine, state: "open", version: 1 });
  });

  it("refuse a reference to what the caller can't see, in the words of one to nothing", async () => {
    const { ada, theirs } = await scene();
    const refusal = async (project: string) => (await ada.post("/tasks", { title: "t", project })).body;
    const [unseen, missing] = [await refusal(theirs), await refusal("0192d3a0-7b1c-7def-8123-456789abcdef")];
    expect(unseen).toMatchObject({ status: 409, errors: [{ path: "/project", code: "invalid_reference" }] });
    expect({ ...unseen, requestId: "" }).toEqual({ ...missing, requestId: "" });
  });

  it("don't tell by a PUT which ids are taken", async () => {
    const app = await openApp({
      collections: [
        collection("pages", {
          id: text({ min: 1, max: 20 }),
          fields: { lead: ref("users") },
          access: { read: owner("lead"), update: owner("lead"), create: role("admin") },
        }),
      ],
    });
    const [ada, bob] = [await app.user("ada"), await app.user("bob")];
    await app.admin.put("/pages/taken", { lead: bob.id });
    const asked = async (id: string) => {
      const { status, body } = await ada.put(`/pages/${id}`, { lead: ada.id });
      return [status, String(body["detail"]).replace(id, "ID")];
    };
    expect(await asked("taken")).toEqual(await asked("free"));
    expect((await asked("free"))[0]).toBe(404);
  });

  it("don't show by a change what may not be read", async () => {
    const { anonymous, ada, admin } = await scene();
    const made = await anonymous.post("/letters", { text: "dear" });
    expect(made.body).toMatchObject({ text: "dear" });
    const path = `/letters/${String(made.body["id"])}`;
    expect((await ada.get(path)).status).toBe(403);
    expect((await ada.patch(path, {})).body).toEqual({ id: made.body["id"] });
    expect((await ada.patch(path, { stamp: "seen" })).body).toEqual({ id: made.body["id"] });
    expect((await admin.get(path)).body).toMatchObject({ text: "dear", stamp: "seen" });
  });

  it("are the application's own mistake when they answer nonsense", async () => {
    const broken = collection("broken", {
      fields: { name: text() },
      access: { read: ({ user }) => (user?.email === "ada@example.com" ? { nmae: 1 } : true) },
    });
    const app = await openApp({ collections: [broken] });
    const answer = await (await app.user("ada")).get("/broken");
    expect(answer).toMatchObject({ status: 500, code: "internal" });
    expect(answer.text).not.toContain("nmae");
    expect(app.logged.map(({ fields }) => String(fields["error"])).join()).toContain("A rule of broken");
  });

  it("don't take a user's own values for conditions", async () => {
    const people = users({ fields: { settings: json().optional() } });
    const settingsOf = (user: User | null): Body =>
      ((user !== null && "settings" in user ? user["settings"] : undefined) ?? {}) as Body;
    const files = collection("files", {
      fields: { team: text(), tags: list(text()).default([]) },
      access: {
        read: ({ user }) => {
          const { team, teams, all } = settingsOf(user);
          if (all !== undefined) return { or: all as [] };
          return teams === undefined ? { team: (team ?? null) as string | null } : { team: { in: teams as string[] } };
        },
        create: everyone,
      },
    });
    const app = await openApp({ collections: [people, files] });
    for (const team of ["a", "b", "c"]) await app.admin.post("/files", { team });
    const ada = await app.user("ada");
    const seen = async (settings: Body): Promise<unknown> => {
      expect((await ada.patch(`/users/${ada.id}`, { settings: null })).status).toBe(200);
      expect((await ada.patch(`/users/${ada.id}`, { settings })).status).toBe(200);
      const answer = await ada.get("/files");
      return answer.status === 200 ? dataOf(answer).map(({ team }) => team) : answer.code;
    };
    expect(await seen({ team: "b" })).toEqual(["b"]);
    expect(await seen({ teams: ["a", "c"] })).toEqual(["a", "c"]);
    expect(await seen({ team: { ne: "x" } })).toBe("internal");
    expect(await seen({ all: [{ team: { ne: "x" } }] })).toBe("internal");
    const logged = app.logged.map(({ fields }) => String(fields["error"])).join("\n");
    expect(logged).toContain('A rule of files compares "team" with an object out of the user\'s own values');
  });
});

describe("rules of a field", () => {
  it("leave out of every answer what may not be read, and nothing else", async () => {
    const { anonymous, ada, bob, admin, mine, shown } = await scene();
    expect((await ada.get(`/projects/${mine}`)).body).toMatchObject({ budget: 100, summary: "mine!" });
    expect((await ada.get(`/projects/${mine}`)).body).not.toHaveProperty("margin");
    expect((await ada.get(`/projects/${shown}`)).body).not.toHaveProperty("budget");
    expect((await bob.get(`/projects/${shown}`)).body).toHaveProperty("budget");
    expect((await admin.get(`/projects/${shown}`)).body).toMatchObject({ budget: 100, margin: 7 });
    for (const caller of [anonymous, ada, admin]) {
      for (const path of ["/projects", `/projects/${shown}`, "/projects?select=id,name&include=lead"]) {
        expect((await caller.get(path)).text).not.toMatch(/the hidden note|the secret key/);
      }
    }
  });

  it("refuse queries that name what may not be read: filters, orders, groups, figures, selections, through relations", async () => {
    const { ada, admin, mine } = await scene();
    await ada.post("/tasks", { title: "t", project: mine });
    const unreadable = ["budget", "margin", "note", "key"];
    for (const field of unreadable) {
      const queries = [
        `/projects?${field}[isNull]=false`,
        `/projects?sort=${field}`,
        `/projects?sort=-${field}`,
        `/projects?where={"not":{"${field}":null}}`,
        `/projects/aggregate?group=${field}`,
        `/projects/aggregate?max=${field}`,
        `/tasks?project.${field}[isNull]=false`,
        `/tasks?where={"project":{"${field}":{"isNull":false}}}`,
      ];
      for (const query of queries) {
        const answer = await ada.get(query);
        expect(answer, query).toMatchObject({ status: 400, code: "invalid_query" });
      }
    }
    for (const field of ["note", "key"]) {
      expect((await admin.get(`/projects?${field}[isNull]=false`)).status).toBe(400);
      expect((await admin.get(`/projects?select=${field}`)).status).toBe(400);
    }
    expect((await admin.get("/projects?sort=-margin&margin[gt]=1")).status).toBe(200);
  });

  it("refuse to select what the caller sees in no record, in the words for what there isn't, and leave out the rest", async () => {
    const { ada, bob, admin, anonymous, mine, shown } = await scene();
    const told = async (name: string): Promise<string> => {
      const { code, text } = await ada.get(`/projects?select=name,${name}`);
      expect(code).toBe("invalid_query");
      const body = JSON.parse(text) as { readonly detail: string; readonly errors: unknown };
      return JSON.stringify([body.detail, body.errors]).replaceAll(name, "NAME");
    };
    expect(await told("margin")).toBe(await told("nothing"));
    expect((await ada.get(`/projects/${mine}?select=margin`)).code).toBe("invalid_query");
    expect((await ada.post("/projects/search", { select: ["margin"] })).code).toBe("invalid_query");
    expect((await anonymous.get("/projects?select=margin")).code).toBe("invalid_query");
    expect((await admin.get(`/projects/${mine}?select=margin`)).body).toEqual({ id: mine, margin: 7 });
    // A lead sees the budget of their own project.
    expect((await ada.get(`/projects/${mine}?select=budget`)).body).toEqual({ id: mine, budget: 100 });
    expect((await ada.get(`/projects/${shown}?select=budget`)).body).toEqual({ id: shown });
    expect((await bob.get(`/projects/${shown}?select=budget`)).body).toEqual({ id: shown, budget: 100 });
  });

  it("refuse a cursor whose order names what may not be read", async () => {
    const { ada, admin } = await scene();
    const { next } = (await admin.get("/projects?sort=margin&limit=1")).body;
    expect((await ada.get(`/projects?sort=margin&limit=1&after=${String(next)}`)).code).toBe("invalid_query");
    expect((await ada.get(`/projects?limit=1&after=${String(next)}`)).code).toBe("malformed");
    const forged = Buffer.from(JSON.stringify(["margin,id", 7, "x"])).toString("base64url");
    expect((await ada.get(`/projects?after=${forged}`)).code).toBe("malformed");
  });

  it("refuse to set what may not be set, and let pass what is sent back as it is", async () => {
    const { ada, mine } = await scene();
    expect((await ada.post("/projects", { name: "n", lead: ada.id, margin: 1 })).body).toMatchObject({
      status: 403,
      errors: [{ path: "/margin", code: "forbidden" }],
    });
    expect((await ada.patch(`/projects/${mine}`, { budget: 1 })).status).toBe(403);
    expect((await ada.patch(`/projects/${mine}`, { budget: 100, name: "new" })).status).toBe(200);
    expect((await ada.patch(`/projects/${mine}`, { budget: { increment: 1 } })).status).toBe(403);
  });

  it("let nobody guess what they don't see: a right guess is refused like a wrong one", async () => {
    const { ada, mine } = await scene();
    const refusal = async (method: "PATCH" | "PUT", fields: Body) => {
      const whole = method === "PUT" ? { name: "mine", lead: ada.id } : {};
      const { status, body } = await ada.send(method, `/projects/${mine}`, { ...whole, ...fields });
      return { status, detail: body["detail"] };
    };
    for (const method of ["PATCH", "PUT"] as const) {
      for (const [field, right, wrong] of [
        ["margin", 7, 8],
        ["note", "the hidden note", "x"],
        ["key", "the secret key", "x"],
      ] as const) {
        const answer = await refusal(method, { [field]: right });
        expect(answer.status).toBe(403);
        expect(answer).toEqual(await refusal(method, { [field]: wrong }));
      }
    }
    expect((await refusal("PATCH", { margin: { increment: 0 } })).status).toBe(403);
  });

  it("hold for records that are included, and what can't be seen is not included", async () => {
    const { ada, admin, mine } = await scene();
    await ada.post("/tasks", { title: "t", project: mine });
    const [task] = dataOf(await ada.get("/tasks?include=project.lead"));
    expect(task?.["project"]).toMatchObject({ name: "mine", budget: 100, lead: { id: ada.id } });
    expect(task?.["project"]).not.toHaveProperty("margin");
    const [seen] = dataOf(await ada.get("/projects?name=shown&include=lead"));
    expect(seen?.["lead"]).toBeNull();
    const [all] = dataOf(await admin.get("/projects?name=mine&include=tasks"));
    expect(all?.["tasks"]).toHaveLength(1);
    expect((await ada.get("/projects?include=plans")).status).toBe(400);
    expect((await ada.get("/users?include=_sessions")).status).toBe(400);
  });

  it("keep relation paths from leading through what can't be seen", async () => {
    const { ada, bob, shown } = await scene();
    await bob.post("/tasks", { title: "hidden task", project: shown });
    expect(dataOf(await ada.get("/projects?tasks.title=hidden task"))).toEqual([]);
    expect(dataOf(await ada.get("/projects?lead.email[startsWith]=bob"))).toEqual([]);
    expect(dataOf(await ada.get(`/projects?lead=${bob.id}`))).toHaveLength(1);
    expect(dataOf(await bob.get("/projects?tasks.title=hidden task"))).toHaveLength(1);
  });

  it("keep secrets out of the feed, and hidden values in it for the application", async () => {
    const { feed } = await scene();
    expect(JSON.stringify(feed())).not.toContain("the secret key");
    expect(JSON.stringify(feed())).toContain("the hidden note");
  });
});

describe("users", () => {
  it("can't give themselves roles, by any way in", async () => {
    const { anonymous, ada, admin } = await scene();
    const signUp = { email: "eve@example.com", password: "long enough", roles: ["admin"] };
    expect((await anonymous.post("/auth/sign-up", signUp)).status).toBe(422);
    expect((await ada.patch(`/users/${ada.id}`, { roles: ["admin"] })).status).toBe(403);
    const { email } = (await ada.get(`/users/${ada.id}`)).body;
    expect((await ada.put(`/users/${ada.id}`, { email, roles: ["admin"] })).status).toBe(403);
    const batch = [{ operation: "users.update", input: { id: ada.id, roles: ["admin"] } }];
    expect((await ada.post("/batch", batch)).status).toBe(403);
    expect((await ada.post("/users", { email: "new@example.com", roles: ["admin"] })).status).toBe(403);
    expect((await admin.patch(`/users/${ada.id}`, { roles: ["admin"] })).status).toBe(200);
    expect((await ada.get("/plans")).status).toBe(200);
  });

  it("keep the roles that they can't set when they replace themselves", async () => {
    const { ada, admin } = await scene();
    await admin.patch(`/users/${ada.id}`, { roles: ["clerk"] });
    const replaced = await ada.put(`/users/${ada.id}`, { email: "ada2@example.com" });
    expect(replaced.body).toMatchObject({ email: "ada2@example.com", roles: ["clerk"] });
    expect((await admin.put(`/users/${ada.id}`, { email: "ada@example.com" })).body).toMatchObject({ roles: [] });
  });

  it("don't show passwords, sessions or keys by any name", async () => {
    const { admin } = await scene();
    for (const name of ["_credentials", "_sessions", "_idempotency", "_marks", "_changes"]) {
      expect((await admin.get(`/${name}`)).status).toBe(404);
      const member = [{ operation: `${name}.list`, input: {} }];
      expect((await admin.post("/batch", member)).body).toMatchObject({ errors: [{ code: "unknown_operation" }] });
    }
  });
});
