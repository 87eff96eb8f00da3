import { expect, onTestFinished, test } from "vitest";
import { until } from "./ask.ts";
import { spawnServer, temporaryFolder } from "./spawn-server.ts";

const bank = new URL("fixtures/bank.ts", import.meta.url);

interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(origin: string, method: string, path: string, sent?: object, token?: string): Promise<Answered> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${origin}/api${path}`, {
    method,
    headers: { "content-type": "application/json", ...authorization },
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
  });
  return { status: response.status, body: JSON.parse((await response.text()) || "{}") as Answered["body"] };
}

test("two servers on one file of SQLite see what the other stores, lose nothing, and know whose session has ended", async () => {
  const folder = await temporaryFolder();
  const env = { GALLEY_RATE_LIMITS: "off", GALLEY_THREADS: "1", GALLEY_ADMIN_PASSWORD: "horse feathers" };
  // Both find an empty folder.
  const servers = await Promise.all([spawnServer(bank, folder.path, env), spawnServer(bank, folder.path, env)]);
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.end()));
    await folder.remove();
  });
  const [one = "", two = ""] = servers.map(({ origin }) => origin);
  const open = async (origin: string, name: string): Promise<string> =>
    String((await call(origin, "POST", "/accounts", { name, balance: 1000 })).body["id"]);
  const [from, to] = [await open(one, "a"), await open(two, "b")];

  const transfers = Array.from({ length: 60 }, (_, index) =>
    call(index % 2 === 0 ? one : two, "POST", "/actions/transfer", { reference: `r${index}`, from, to, amount: 1 }),
  );
  expect(new Set((await Promise.all(transfers)).map(({ status }) => status))).toEqual(new Set([200]));
  for (const origin of [one, two]) {
    expect((await call(origin, "GET", `/accounts/${from}`)).body["balance"]).toBe(940);
    expect((await call(origin, "GET", `/accounts/${to}`)).body["balance"]).toBe(1060);
    expect((await call(origin, "GET", "/transfers?total=true&limit=1")).body["total"]).toBe(60);
  }

  const who = { email: "admin@example.com", password: "horse feathers" };
  const token = String((await call(one, "POST", "/auth/sign-in", who)).body["token"]);
  expect((await call(two, "GET", "/users", undefined, token)).status).toBe(200);
  expect((await call(one, "POST", "/auth/sign-out", {}, token)).status).toBe(204);
  await until(async () => (await call(two, "GET", "/users", undefined, token)).status === 401);

  // What one leaves behind is no matter for the other.
  await servers[0]?.kill9();
  expect((await call(two, "GET", `/accounts/${from}`)).status).toBe(200);
  expect((await call(two, "POST", "/accounts", { name: "c", balance: 1 })).status).toBe(201);
});
