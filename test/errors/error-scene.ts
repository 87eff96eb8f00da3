import { action, backend, collection, everyone, integer, owner, ref, role, signedIn, text } from "galley";
import { type App, createApp } from "galley/server";
import type { Logger } from "../../src/kit/logger.ts";

/** A line of the log. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A small backend that can be made to answer every error, and somebody who asks it. */
export interface ErrorScene {
  readonly app: App;
  /** Token of a user without a role. */
  readonly token: string;
  /** Id of a note that everyone may read, and of one that only another user may. */
  readonly ids: { readonly open: string; readonly closed: string };
  readonly log: readonly Line[];
  /** Sends a request; a body that is no text is sent as JSON. */
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Lets go of what `hold` and `holdTransaction` hold. */
  release(): void;
}

/** What the cause of an internal error says, and nobody may read. */
export const secretCause = "SELECT secret FROM /home/galley/vault.ts:42";

/** Opens the backend, in memory. */
export async function openErrorScene(): Promise<ErrorScene> {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const log: Line[] = [];
  const app = await createApp(errorBackend(held), { log: collect(log), bodyLimit: 100_000 });

  const send: ErrorScene["send"] = (method, path, body, headers = {}) =>
    app.fetch(
      new Request(`http://galley.test${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );
  const tokenOf = async (email: string): Promise<string> => {
    const response = await send("POST", "/api/auth/sign-up", { email, password: "a long password" });
    const { token } = (await response.json()) as { readonly token: string };
    return token;
  };
  const idOf = async (path: string, body: unknown, token: string): Promise<string> => {
    const response = await send("POST", path, body, { authorization: `Bearer ${token}` });
    const { id } = (await response.json()) as { readonly id: string };
    return id;
  };
  const [token, other] = [await tokenOf("ada@example.com"), await tokenOf("bob@example.com")];
  const ids = {
    open: await idOf("/api/notes", { name: "open" }, token),
    closed: await idOf("/api/letters", { content: "for Bob" }, other),
  };
  return { app, token, ids, log, send, release };
}

function errorBackend(held: Promise<void>) {
  const notes = collection("notes", {
    fields: { name: text({ max: 40 }).unique(), stars: integer({ min: 1, max: 5 }).default(1) },
    access: { read: everyone, create: everyone, update: everyone, delete: role("admin") },
  });
  const letters = collection("letters", {
    fields: { content: text(), to: ref("users").default(({ user }) => user?.id ?? null) },
    access: { read: owner("to"), create: signedIn, update: owner("to"), delete: owner("to") },
  });
  const closedToAll = collection("ledgers", { fields: { entry: text() } });

  const fail = action("fail", {
    access: everyone,
    run() {
      throw new Error(secretCause);
    },
  });
  const failBefore = action("failBefore", {
    access: everyone,
    prepare() {
      throw new TypeError(secretCause);
    },
    run() {},
  });
  const failOutside = action("failOutside", {
    access: everyone,
    transaction: false,
    run() {
      throw new Error(secretCause, { cause: new Error(secretCause) });
    },
  });
  const failReading = action("failReading", {
    access: everyone,
    method: "GET",
    run() {
      throw new Error(secretCause);
    },
  });
  const rare = action("rare", { access: everyone, limit: { limit: 1, window: 60 }, run() {} });
  const hold = action("hold", {
    access: everyone,
    transaction: false,
    output: { held: text() },
    async run() {
      await held;
      return { held: "no more" };
    },
  });
  const holdTransaction = action("holdTransaction", {
    access: everyone,
    run: () => held,
  });
  const redeem = action("redeem", {
    access: everyone,
    input: { code: text() },
    errors: { coupon_expired: 410, too_eager: { status: 425, title: "Not yet" } },
    run({ input, fail: failWith }) {
      throw failWith(input.code === "old" ? "coupon_expired" : "too_eager", `The coupon ${input.code} can't be used.`);
    },
  });
  const undeclared = action("undeclared", {
    access: everyone,
    run({ fail: failWith }) {
      // What the types refuse, plain JavaScript can do.
      throw failWith("unheard_of" as never, secretCause);
    },
  });
  return backend({
    collections: [notes, letters, closedToAll],
    actions: [fail, failBefore, failOutside, failReading, rare, hold, holdTransaction, redeem, undeclared],
    limits: { requests: false, transactionTime: 60_000 },
  });
}

function collect(lines: Line[]): Logger {
  const at =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void =>
      void lines.push({ level, fields, message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
