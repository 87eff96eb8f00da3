import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ErrorCode, errorCodes } from "../../src/kit/error-codes.ts";
import { type ErrorScene, openErrorScene, secretCause } from "./error-scene.ts";
import { expectProblem } from "./expect-problem.ts";

let scene: ErrorScene;
beforeEach(async () => {
  scene = await openErrorScene();
});
afterEach(async () => {
  scene.release();
  await scene.app.close();
});

/** How a code is raised over HTTP, and what its answer has to carry beside the problem. */
interface Case {
  raise(scene: ErrorScene): Promise<Response>;
  readonly headers?: Readonly<Record<string, RegExp>>;
  /** Places that are named. */
  readonly errors?: readonly { readonly path: string; readonly code: string }[];
}

const seconds = /^[1-9]\d*$/;
const key = { "idempotency-key": "0192-the-same" };
const bearer = ({ token }: ErrorScene): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** One case for each code of the registry; the type, like the test below, holds the two together. */
const cases: Readonly<Record<ErrorCode, Case>> = {
  malformed: { raise: ({ send }) => send("POST", "/api/notes", "{") },
  invalid_query: {
    raise: ({ send }) => send("GET", "/api/notes?colour=red&limit=0"),
    errors: [
      { path: "/colour", code: "unknown_field" },
      { path: "/limit", code: "wrong_type" },
    ],
  },
  unauthenticated: {
    raise: ({ send }) => send("POST", "/api/letters", { content: "a" }),
    headers: { "www-authenticate": /^Bearer$/ },
  },
  forbidden: { raise: (at) => at.send("GET", "/api/ledgers", undefined, bearer(at)) },
  not_found: { raise: ({ send }) => send("GET", "/api/nothing/here") },
  method_not_allowed: {
    raise: ({ send }) => send("DELETE", "/api/notes"),
    headers: { allow: /^GET, HEAD, OPTIONS, POST$/ },
  },
  conflict: {
    raise: ({ send }) => send("POST", "/api/notes", { name: "open" }),
    errors: [{ path: "/name", code: "not_unique" }],
  },
  idempotency_in_progress: {
    async raise({ send, release }) {
      const first = send("POST", "/api/actions/hold", {}, key);
      const second = await send("POST", "/api/actions/hold", {}, key);
      release();
      expect((await first).status).toBe(200);
      return second;
    },
    headers: { "retry-after": seconds },
  },
  precondition_failed: {
    raise: ({ send, ids }) => send("PATCH", `/api/notes/${ids.open}`, { stars: 2 }, { "if-match": '"another"' }),
  },
  too_large: { raise: ({ send }) => send("POST", "/api/notes", { name: "a".repeat(100_000) }) },
  unsupported_media_type: {
    raise: ({ send }) => send("POST", "/api/notes", "name=a", { "content-type": "application/x-www-form-urlencoded" }),
    headers: { accept: /^application\/json$/ },
  },
  invalid_input: {
    raise: ({ send }) => send("POST", "/api/notes", { stars: 9, colour: "red" }),
    errors: [
      { path: "/name", code: "required" },
      { path: "/stars", code: "too_large" },
      { path: "/colour", code: "unknown_field" },
    ],
  },
  idempotency_mismatch: {
    async raise({ send }) {
      expect((await send("POST", "/api/notes", { name: "one" }, key)).status).toBe(201);
      return send("POST", "/api/notes", { name: "two" }, key);
    },
  },
  rate_limited: {
    async raise({ send }) {
      expect((await send("POST", "/api/actions/rare", {})).status).toBe(204);
      return send("POST", "/api/actions/rare", {});
    },
    headers: {
      "retry-after": seconds,
      ratelimit: /^"[\w.]*rare";r=0;t=\d+$/,
      "ratelimit-policy": /^"[\w.]*rare";q=1;w=60$/,
    },
  },
  internal: { raise: ({ send }) => send("POST", "/api/actions/fail", {}) },
  overloaded: {
    async raise({ send, release }) {
      // One transaction that takes its time, and more behind it than anybody would wait for.
      const held = send("POST", "/api/actions/holdTransaction", {});
      const create = (_: unknown, index: number) => send("POST", "/api/notes", { name: `note ${index}` });
      const queued = Array.from({ length: 5500 }, create);
      // While it lasts only what is shed is answered.
      const shed = await Promise.race(queued);
      release();
      expect((await held).status).toBe(204);
      const answers = await Promise.all(queued);
      expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(4900);
      // What was accepted is done; what was shed was shed before anything was.
      expect(answers.every(({ status }) => status === 201 || status === 503)).toBe(true);
      const listed = await send("GET", "/api/notes?total=true&limit=1");
      const { total } = (await listed.json()) as { readonly total: number };
      expect(total).toBe(1 + answers.filter(({ status }) => status === 201).length);
      return shed;
    },
    headers: { "retry-after": seconds },
  },
};

test("there is a case for every code of the registry", () => {
  expect(Object.keys(cases).toSorted()).toEqual(Object.keys(errorCodes).toSorted());
});

describe("the answer is a problem of the promised shape", () => {
  for (const [code, { raise, headers = {}, errors }] of Object.entries(cases)) {
    const { status, title } = errorCodes[code as ErrorCode];
    test(`for ${code}, with ${status}`, { timeout: 60_000 }, async () => {
      const response = await raise(scene);
      for (const [name, pattern] of Object.entries(headers)) expect(response.headers.get(name), name).toMatch(pattern);
      const problem = await expectProblem(response, { code, status, title });
      if (errors !== undefined) {
        expect(problem.errors).toMatchObject(errors);
        expect(problem.errors).toHaveLength(errors.length);
      }
    });
  }

  test("for an action's own errors, under their own code", async () => {
    const old = await scene.send("POST", "/api/actions/redeem", { code: "old" });
    const expired = { code: "coupon_expired", status: 410, title: "Coupon expired" };
    expect((await expectProblem(old, expired)).detail).toBe("The coupon old can't be used.");
    const early = await scene.send("POST", "/api/actions/redeem", { code: "new" });
    await expectProblem(early, { code: "too_eager", status: 425, title: "Not yet" });
  });

  test("on every path, also outside of the API", async () => {
    for (const path of ["/", "/api", "/api/", "/favicon.ico", "/api/notes/a/b", "/.env", "/api//notes"]) {
      await expectProblem(await scene.send("GET", path), { code: "not_found", ...errorCodes.not_found });
    }
  });

  test("with the id that the client gave the request", async () => {
    const response = await scene.send("GET", "/nowhere", undefined, { "request-id": "mine-1.2_3" });
    expect((await expectProblem(response, { code: "not_found", ...errorCodes.not_found })).requestId).toBe(
      "mine-1.2_3",
    );
  });
});

describe("what may not be seen", () => {
  test("is answered like what isn't there", async () => {
    const { ids, send } = scene;
    const nowhere = ids.closed.replace(/.{4}$/, "0000");
    for (const [method, body] of [["GET"], ["PATCH", { content: "mine" }], ["DELETE"]] as const) {
      const ask = (id: string) => send(method, `/api/letters/${id}`, body, bearer(scene));
      const closed = await expectProblem(await ask(ids.closed), { code: "not_found", ...errorCodes.not_found });
      const absent = await expectProblem(await ask(nowhere), { code: "not_found", ...errorCodes.not_found });
      expect(closed.detail.replace(ids.closed, nowhere)).toBe(absent.detail);
    }
  });
});

describe("an internal error", () => {
  const paths = ["fail", "failBefore", "failOutside", "undeclared"].map((name) => ["POST", `/api/actions/${name}`]);

  test.for([...paths, ["GET", "/api/actions/failReading"]])(
    "shows nothing of its cause, and logs it under the request's id: %s %s",
    async ([method = "", path = ""]) => {
      const headers = { "request-id": `asked-${path.split("/").at(-1)}` };
      const response = await scene.send(method, path, method === "POST" ? {} : undefined, headers);
      const shown = JSON.stringify([...response.headers]);
      const problem = await expectProblem(response, { code: "internal", ...errorCodes.internal });
      expect(problem.detail).toBe("The request could not be completed; the cause is in the log.");
      for (const part of secretCause.split(" ")) expect(shown + JSON.stringify(problem)).not.toContain(part);

      const logged = scene.log.filter(({ level }) => level === "error");
      expect(logged).toHaveLength(1);
      expect(logged[0]?.fields["requestId"]).toBe(headers["request-id"]);
      const { error } = logged[0]?.fields ?? {};
      expect(error instanceof Error ? error.stack : error).toMatch(/SELECT secret|does not declare/);
    },
  );

  test("leaves nothing behind, and the next request is answered", async () => {
    await scene.send("POST", "/api/actions/fail", {});
    expect((await scene.send("POST", "/api/notes", { name: "after" })).status).toBe(201);
  });

  test("is not what a client can cause: its own mistakes are not logged as errors", async () => {
    await scene.send("GET", "/api/notes?nope=1");
    await scene.send("POST", "/api/notes", "{");
    await scene.send("GET", "/nowhere");
    expect(scene.log.filter(({ level }) => level === "error")).toEqual([]);
  });
});
