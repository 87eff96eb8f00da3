import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Logger, LogFields } from "../../src/kit/logger.ts";
import { backend, type BackendOptions } from "../../src/schema/backend.ts";
import { type App, type AppOptions, createApp } from "../../src/server/create-app.ts";

/** A JSON object of an answer. */
export type Body = Readonly<Record<string, unknown>>;

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
  /** The code of a problem. */
  readonly code: unknown;
}

/** Somebody who calls. */
export interface Caller {
  /** Id of the user; empty for nobody. */
  readonly id: string;
  readonly token: string;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string, headers?: Record<string, string>): Promise<Answer>;
}

/** One entry of the change feed, as it is stored. */
export interface Entry {
  readonly collection: string;
  readonly record: string;
  readonly kind: string;
  readonly actor: string | null;
  readonly request: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** An application that a test calls. */
export interface OpenApp {
  readonly app: App;
  readonly file: string;
  readonly anonymous: Caller;
  readonly admin: Caller;
  /** What was logged above `info`. */
  readonly logged: readonly { readonly fields: LogFields; readonly message: string }[];
  /** A new user, signed in. */
  user(name: string, fields?: Body): Promise<Caller>;
  /** A caller with a token. */
  withToken(token: string, id?: string): Caller;
  /** The change feed so far, but the entries of users. */
  feed(): Entry[];
  close(): Promise<void>;
}

const administrator = { email: "admin@example.com", password: "the password of admin" };
const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

/** Opens an application on a file of its own, until the test ends. */
export async function openApp(
  options: BackendOptions,
  appOptions: AppOptions & { readonly file?: string } = {},
): Promise<OpenApp> {
  const folder = mkdtempSync(join(tmpdir(), "galley-pipeline-"));
  const { file = join(folder, "data.db"), ...rest } = appOptions;
  const logged: { fields: LogFields; message: string }[] = [];
  const note = (fields: LogFields, message: string): void => void logged.push({ fields, message });
  const log: Logger = { debug() {}, info() {}, warn: note, error: note };
  const app = await createApp(backend(options), {
    database: `sqlite:${file}`,
    administrator,
    rateLimits: false,
    log,
    ...rest,
  });
  let open = true;
  const close = async (): Promise<void> => {
    if (open) await app.close();
    open = false;
  };
  endings.push(() => rm(folder, { recursive: true }), close);
  const anonymous = callerOf(app, "", "");

  async function enter(path: string, input: Body): Promise<Caller> {
    const answer = await anonymous.post(path, input);
    if (answer.status >= 300) throw new Error(`${path} was answered ${answer.status}: ${answer.text}`);
    const user = answer.body["user"] as Body;
    return callerOf(app, String(answer.body["token"]), String(user["id"]));
  }

  return {
    app,
    file,
    anonymous,
    logged,
    admin: await enter("/auth/sign-in", administrator),
    user: (name, fields = {}) =>
      enter("/auth/sign-up", { email: `${name}@example.com`, password: `the password of ${name}`, ...fields }),
    withToken: (token, id = "") => callerOf(app, token, id),
    feed: () => readFeed(file),
    close,
  };
}

function callerOf(app: App, token: string, id: string): Caller {
  async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await app.fetch(
      new Request(`http://app.test/api${path}`, {
        method,
        headers: {
          ...(token !== "" && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    const parsed = (text === "" ? {} : JSON.parse(text)) as Body;
    return { status: response.status, headers: response.headers, text, body: parsed, code: parsed["code"] };
  }
  return {
    id,
    token,
    send,
    get: (path, headers) => send("GET", path, undefined, headers),
    post: (path, body, headers) => send("POST", path, body, headers),
    put: (path, body, headers) => send("PUT", path, body, headers),
    patch: (path, body, headers) => send("PATCH", path, body, headers),
    delete: (path, headers) => send("DELETE", path, undefined, headers),
  };
}

/** The records of a list. */
export function dataOf(answer: Answer): readonly Body[] {
  if (answer.status >= 300) throw new Error(`A list was answered ${answer.status}: ${answer.text}`);
  return answer.body["data"] as readonly Body[];
}

function readFeed(file: string): Entry[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare(`SELECT * FROM "_changes" WHERE "collection" <> 'users' ORDER BY "sequence"`).all();
  database.close();
  const parse = (value: unknown): unknown => (typeof value === "string" ? JSON.parse(value) : null);
  return rows.map((row) => ({
    collection: String(row["collection"]),
    record: String(row["record"]),
    kind: String(row["kind"]),
    actor: row["actor"] === null ? null : String(row["actor"]),
    request: row["request"] === null ? null : String(row["request"]),
    before: parse(row["before"]),
    after: parse(row["after"]),
  }));
}
