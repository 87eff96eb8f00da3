import { expect, test } from "vitest";
import {
  action,
  backend,
  collection,
  everyone,
  integer,
  nobody,
  owner,
  ref,
  role,
  signedIn,
  text,
  timestamp,
  users,
} from "galley";
import { accessMatrix, accessOf, createTestApp } from "galley/testing";
import { accessText } from "../../src/operations/access-text.ts";

const people = users({
  fields: {
    team: text({ max: 40 }).optional(),
    level: integer({ min: 1 }).default(1),
    mentor: ref("users").optional(),
  },
  access: { read: ({ user }) => user !== null && { or: [{ id: user.id }, { team: String(user["team"]) }] } },
});

const papers = collection("papers", {
  fields: {
    title: text(),
    author: ref("users", { inverse: "papers" }),
    publishedAt: timestamp().optional(),
    notes: text()
      .optional()
      .readable(owner("author").or(role("admin"))),
    rank: integer().default(0).writable(role("editor")),
    key: text().optional().hidden().readable(role("admin")),
  },
  access: {
    read: ({ now }) => ({ publishedAt: { lte: now } }),
    create: owner("author").and(signedIn),
    update: owner("author").or(({ user }) => user !== null && { author: { mentor: user.id } }),
    delete: nobody,
  },
});

/** Without rules, for administrators only. */
const plans = collection("plans", { fields: { text: text() } });

const shout = action("shout", { access: everyone, run: () => undefined });
const tidy = action("tidy", { run: () => undefined });
const fragile = action("fragile", {
  access: ({ user }) => (user as unknown as { profile: { kind: string } }).profile.kind === "x",
  run: () => undefined,
});

const definition = backend({
  collections: [people, papers, plans],
  actions: [shout, tidy, fragile],
  roles: ["editor"],
  auth: { signUp: false },
});

const expected = `
                    anonymous  signed in  editor   admin
users.list          no         where      where    where    where id = user.id or team = user.team
users.get           no         where      where    where    where id = user.id or team = user.team
users.create        no         no         no       yes
users.createMany    no         no         no       yes
users.update        no         where      where    yes      where id = user.id
users.replace       no         where      where    yes      where id = user.id
users.delete        no         no         no       yes
users.aggregate     no         where      where    where    where id = user.id or team = user.team
users.roles: write  no         no         no       yes
papers.list         where      where      where    where    where publishedAt <= now
papers.get          where      where      where    where    where publishedAt <= now
papers.create       no         where      where    where    where author = user.id
papers.createMany   no         where      where    where    where author = user.id
papers.update       no         where      where    where    where author = user.id or author.mentor = user.id
papers.replace      no         where      where    where    where author = user.id or author.mentor = user.id
papers.delete       no         no         no       no
papers.aggregate    where      where      where    where    where publishedAt <= now
papers.notes: read  no         where      where    yes      where author = user.id
papers.rank: write  no         no         yes      no
plans.list          no         no         no       yes
plans.get           no         no         no       yes
plans.create        no         no         no       yes
plans.createMany    no         no         no       yes
plans.update        no         no         no       yes
plans.replace       no         no         no       yes
plans.delete        no         no         no       yes
plans.aggregate     no         no         no       yes
shout               yes        yes        yes      yes
tidy                no         no         no       yes
fragile             depends    depends    depends  depends  anonymous: depends: Cannot read properties of null (reading 'profile'); signed in, editor, admin: depends: Cannot read properties of undefined (reading 'kind')
`;

test("the matrix says who may do what, and is the same each time", () => {
  const { callers, rows } = accessOf(definition);
  // Galley's own actions grow in number.
  const own = rows.filter(({ what }) => !what.startsWith("auth."));
  expect(`\n${accessText({ callers, rows: own })}\n`).toBe(expected);
  expect(accessMatrix(definition)).toMatch(/^auth\.signIn +yes +yes +yes +yes$/m);
  expect(accessMatrix(backend({ ...definition }))).toBe(accessMatrix(definition));
});

test("the matrix as data can be asked", () => {
  const { callers, rows } = accessOf(definition);
  expect(callers).toEqual(["anonymous", "signed in", "editor", "admin"]);
  const open = rows.filter(({ access }) => access["anonymous"] === "yes").map(({ what }) => what);
  expect(open.filter((what) => !what.startsWith("auth."))).toEqual(["shout"]);
});

test("one predicate for some and another for others are told apart", () => {
  const notes = collection("notes", {
    fields: { writer: ref("users"), draft: text() },
    access: {
      read: ({ user }) =>
        user !== null && (user.roles.includes("editor") ? { not: { draft: "yes" } } : { writer: user.id }),
    },
  });
  const printed = accessMatrix(backend({ collections: [notes], roles: ["editor"] }));
  expect(printed).toMatch(
    /^notes\.list +no( +where){3} +signed in, admin: where writer = user\.id; editor: where not \(draft = "yes"\)$/m,
  );
});

test("the description of the API is written for rules that use fields of users", async () => {
  await using app = await createTestApp(definition);
  const { status, body } = await app.get<{ paths: Record<string, { get: { description: string } }> }>(
    "/api/openapi.json",
  );
  expect(status).toBe(200);
  expect(body.paths["/api/users"]?.get.description).toContain("For who is signed in, as far as a rule allows");
});
