import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { GalleyError } from "../../src/kit/galley-error.ts";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { integer } from "../../src/schema/field-number.ts";
import { list } from "../../src/schema/field-list.ts";
import { record } from "../../src/schema/field-record.ts";
import { secret, text } from "../../src/schema/field-text.ts";
import { everyone, nobody, owner, role, signedIn } from "../../src/schema/rule.ts";
import { dataOf, openApp } from "./open-app.ts";

const accounts = collection("accounts", {
  fields: {
    name: text().unique(),
    balance: integer({ min: 0 }).default(0),
    holder: text().default(({ user }) => user?.id ?? ""),
    pin: secret().optional(),
    rating: integer().default(1).readable(role("admin")),
  },
  access: {
    read: owner("holder").or(role("admin")),
    create: owner("holder").or(role("admin")),
    update: nobody,
    delete: nobody,
  },
});

const open = action("open", {
  input: { name: text() },
  output: { account: record(accounts), all: list(text()) },
  access: signedIn,
  async run({ input, db }) {
    const account = await db(accounts).create({ name: input.name, pin: "1234" });
    return { account, all: (await db(accounts).all()).map(({ name }) => name) };
  },
});

/** Moves money with more rights than its caller has. */
const move = action("move", {
  input: { from: text(), to: text(), amount: integer({ min: 1 }) },
  access: signedIn,
  errors: { overdrawn: { status: 409, title: "Not enough on the account" } },
  async run({ input, db, fail, user }) {
    const from = await db.unrestricted(accounts).find({ where: { name: input.from } });
    const to = await db.unrestricted(accounts).find({ where: { name: input.to } });
    if (from === null || to === null || from.holder !== user.id) throw new GalleyError("not_found", "No such account.");
    if (from.balance < input.amount) throw fail("overdrawn", `Only ${from.balance} are left.`);
    await db.unrestricted(accounts).update(from.id, { balance: { increment: -input.amount } });
    await db.unrestricted(accounts).update(to.id, { balance: { increment: input.amount } });
  },
});

const moveTwice = action("moveTwice", {
  input: { from: text(), to: text(), amount: integer({ min: 1 }), swallow: text() },
  access: signedIn,
  async run({ input: { swallow, ...input }, call }) {
    await call(move, input);
    const second = call(move, { ...input, amount: swallow === "" ? input.amount : 1_000_000 });
    await (swallow === "" ? second : second.catch(() => undefined));
  },
});

/** Without a transaction: each call is one. */
const moveOneByOne = action("moveOneByOne", {
  input: { from: text(), to: text(), amounts: list(integer()) },
  output: { moved: integer() },
  access: signedIn,
  transaction: false,
  async run({ input, call, db }) {
    let moved = 0;
    for (const amount of input.amounts) {
      await sleep(1);
      await call(move, { from: input.from, to: input.to, amount });
      moved += amount;
    }
    await expect(db(accounts).create({ name: "written outside" })).rejects.toThrow("can't be written here");
    return { moved };
  },
});

const waits = action("waits", {
  access: everyone,
  async run({ db }) {
    await db.unrestricted(accounts).create({ name: "half" });
    await sleep(2000);
    await db.unrestricted(accounts).create({ name: "late" });
  },
});
const careless = action("careless", {
  input: { how: text() },
  access: signedIn,
  async run({ input, db }) {
    const ignore = (): undefined => undefined;
    if (input.how === "many")
      await db(accounts)
        .createMany([{ name: "a" }, { name: "a" }])
        .catch(ignore);
    if (input.how === "taken") {
      await db(accounts).create({ name: "a" });
      await db(accounts).create({ name: "a" }).catch(ignore);
      await db(accounts).create({ name: "" }).catch(ignore);
      await db(accounts).create({ name: "x", holder: "someone else" }).catch(ignore);
      await db(accounts).get("nowhere").catch(ignore);
    }
  },
});
const undeclared = action("undeclared", {
  access: everyone,
  run: ({ fail }) => {
    throw (fail as unknown as (code: string, detail: string) => Error)("other", "x");
  },
});
const peek = action("peek", {
  method: "GET",
  input: { name: text().optional() },
  output: accounts,
  access: everyone,
  run: async ({ input, db }) => {
    const found = await db.unrestricted(accounts).find({ where: { name: input.name ?? "" } });
    if (found === null) throw new GalleyError("not_found", "None.");
    return found;
  },
});
const meddle = action("meddle", {
  method: "GET",
  access: everyone,
  run: async ({ db }) => void (await db.unrestricted(accounts).create({ name: "m" })),
});

const deposit = action("deposit", {
  method: "PUT",
  path: "/accounts/:name/deposit",
  input: { name: text(), amount: integer({ min: 1 }) },
  access: role("admin"),
  async run({ input, db }) {
    const account = await db.unrestricted(accounts).find({ where: { name: input.name } });
    if (account !== null) await db.unrestricted(accounts).update(account.id, { balance: { increment: input.amount } });
  },
});

const definition = {
  collections: [accounts],
  actions: [open, move, moveTwice, moveOneByOne, waits, careless, undeclared, peek, meddle, deposit],
  limits: { transactionTime: 1000 },
};

async function bank() {
  const app = await openApp(definition);
  const [ada, bob] = [await app.user("ada"), await app.user("bob")];
  await ada.post("/actions/open", { name: "ada" });
  await bob.post("/actions/open", { name: "bob" });
  const balances = async () =>
    Object.fromEntries(dataOf(await app.admin.get("/accounts")).map(({ name, balance }) => [name, balance]));
  return { ...app, ada, bob, balances };
}

describe("an action", () => {
  it("acts with the rights of its caller, and its output shows what they may see", async () => {
    const { ada, admin } = await bank();
    const { body } = await ada.post("/actions/open", { name: "savings" });
    expect(body["all"]).toEqual(["ada", "savings"]);
    expect(body["account"]).toMatchObject({ name: "savings", holder: ada.id });
    for (const hidden of ["pin", "rating"]) expect(body["account"]).not.toHaveProperty(hidden);
    expect((await ada.get("/actions/peek?name=bob")).body).not.toHaveProperty("rating");
    expect((await admin.get("/actions/peek?name=bob")).body).toHaveProperty("rating");
  });

  it("does more than its caller may where it says so, all of it or nothing", async () => {
    const { ada, admin, balances, anonymous } = await bank();
    expect((await anonymous.post("/actions/move", { from: "ada", to: "bob", amount: 1 })).status).toBe(401);
    expect((await ada.post("/actions/move", { from: "bob", to: "ada", amount: 1 })).status).toBe(404);
    const overdrawn = await ada.post("/actions/move", { from: "ada", to: "bob", amount: 1 });
    expect(overdrawn.body).toMatchObject({ status: 409, code: "overdrawn", title: "Not enough on the account" });
    expect(await balances()).toEqual({ ada: 0, bob: 0 });
    expect((await admin.get("/accounts")).status).toBe(200);
  });

  it("is called by its name too, where it has a method and a path of its own", async () => {
    const { ada, admin, balances } = await bank();
    const peeked = await ada.get("/actions/peek?name=bob");
    expect(await ada.post("/actions/peek", { name: "bob" })).toMatchObject({ status: 200, body: peeked.body });
    expect((await admin.put("/accounts/bob/deposit", { amount: 5 })).status).toBe(204);
    expect((await admin.post("/actions/deposit", { name: "bob", amount: 5 })).status).toBe(204);
    expect(await balances()).toEqual({ ada: 0, bob: 10 });
    expect((await admin.post("/actions/deposit", { amount: 5 })).code).toBe("invalid_input");
    expect((await ada.post("/actions/deposit", { name: "bob", amount: 5 })).code).toBe("forbidden");
    expect((await ada.post("/actions/auth.session")).status).toBe(404);
  });

  it("that calls another shares its transaction, and can't keep half of it", async () => {
    const app = await bank();
    const { ada, balances } = app;
    await grant(app, "ada", 10);
    const input = { from: "ada", to: "bob", amount: 6 };
    expect((await ada.post("/actions/moveTwice", { ...input, swallow: "" })).code).toBe("overdrawn");
    expect(await balances()).toEqual({ ada: 10, bob: 0 });
    // The second call fails before it writes: what was caught is settled.
    expect((await ada.post("/actions/moveTwice", { ...input, swallow: "yes" })).status).toBe(204);
    expect(await balances()).toEqual({ ada: 4, bob: 6 });
  });

  it("without a transaction has one for each call, and keeps those that succeeded", async () => {
    const app = await bank();
    const { ada, balances } = app;
    await grant(app, "ada", 10);
    const moved = await ada.post("/actions/moveOneByOne", { from: "ada", to: "bob", amounts: [1, 2] });
    expect([moved.status, moved.body]).toEqual([200, { moved: 3 }]);
    const failed = await ada.post("/actions/moveOneByOne", { from: "ada", to: "bob", amounts: [1, 100, 1] });
    expect(failed.code).toBe("overdrawn");
    expect(await balances()).toEqual({ ada: 6, bob: 4 });
  });

  it("that waits is stopped: nothing is kept, the caller learns nothing, the log what to do", async () => {
    const { ada, logged, balances } = await bank();
    const answers = await Promise.all([ada.post("/actions/waits"), ada.post("/accounts", { name: "beside" })]);
    expect(answers.map(({ status }) => status)).toEqual([500, 201]);
    expect(answers[0]).toMatchObject({ code: "internal" });
    expect(answers[0].text).not.toMatch(/transaction|prepare/i);
    const [entry] = logged;
    expect(String(entry?.fields["error"])).toMatch(/1000 ms.*prepare\(\).*transaction: false/s);
    await sleep(1500);
    expect(await balances()).toEqual({ ada: 0, beside: 0, bob: 0 });
  });

  it("can't keep a write that failed half way, by catching the error", async () => {
    const { ada, balances } = await bank();
    expect((await ada.post("/actions/careless", { how: "many" })).status).toBe(409);
    expect(await balances()).toEqual({ ada: 0, bob: 0 });
  });

  it("may catch the error of a write that stored nothing, and go on", async () => {
    const { ada, balances } = await bank();
    expect((await ada.post("/actions/careless", { how: "taken" })).status).toBe(204);
    expect(await balances()).toEqual({ ada: 0, bob: 0, a: 0, "": 0 });
  });

  it("must declare its errors, and a GET only reads", async () => {
    const { anonymous, logged, balances } = await bank();
    expect((await anonymous.post("/actions/undeclared")).code).toBe("internal");
    expect((await anonymous.get("/actions/meddle")).code).toBe("internal");
    const causes = logged.map(({ fields }) => String(fields["error"])).join("\n");
    expect(causes).toContain('failed with "other", which it does not declare');
    expect(causes).toContain("can't be written here");
    expect(await balances()).toEqual({ ada: 0, bob: 0 });
  });
});

/** Puts money on an account, as the bank does. */
async function grant({ file }: { readonly file: string }, name: string, amount: number) {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(file);
  database.prepare(`UPDATE "accounts" SET "balance" = ? WHERE "name" = ?`).run(amount, name);
  database.close();
}
