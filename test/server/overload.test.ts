import { Agent, request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, type Asked, until } from "./ask.ts";
import { spawnServer, type SpawnedServer, temporaryFolder } from "./spawn-server.ts";

const kitchen = new URL("fixtures/slow-kitchen.ts", import.meta.url);
const clients = 300;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: SpawnedServer;
beforeAll(async () => {
  folder = await temporaryFolder();
  server = await spawnServer(kitchen, folder.path, { GALLEY_THREADS: "1" });
});
afterAll(async () => {
  await server.end();
  await folder.remove();
});

/** Each client asks on a connection of its own, again as soon as it is answered, until somebody was refused and for ten times more. */
async function flood(path: string, bodyOf: (number: number) => unknown): Promise<Asked[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answers: Asked[] = [];
  let number = 0;
  let left = Number.POSITIVE_INFINITY;
  const client = async (): Promise<void> => {
    while (left > 0) {
      const answer = await askOn(agent, path, bodyOf(number++));
      answers.push(answer);
      if (answer.status === 503) left = Math.min(left, 10 * clients);
      left--;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return answers;
}

function askOn(agent: Agent, path: string, body: unknown): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const sent = request({ agent, port: server.port, host: "127.0.0.1", method: "POST", path, headers });
    sent.once("error", reject);
    sent.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.end(JSON.stringify(body));
  });
}

const withStatus = (answers: readonly Asked[], status: number): Asked[] =>
  answers.filter((answer) => answer.status === status);

function expectRefusals(answers: readonly Asked[]): void {
  expect(answers.length).toBeGreaterThan(0);
  for (const { headers, text } of answers) {
    expect(JSON.parse(text)).toMatchObject({ status: 503, code: "overloaded", requestId: headers["request-id"] });
    expect(headers).toMatchObject({
      "retry-after": "1",
      "content-type": "application/problem+json",
      "x-content-type-options": "nosniff",
    });
  }
}

describe("more than can be done", () => {
  test("is refused in part, whoever looks after the server is answered, and service goes on", async () => {
    const flooding = { ended: false };
    const flooded = flood("/api/actions/taste", () => ({})).finally(() => (flooding.ended = true));
    const health: number[] = [];
    while (!flooding.ended)
      for (const path of ["/healthz", "/metrics"]) health.push((await ask(server.port, path)).status);
    const answers = await flooded;
    expectRefusals(withStatus(answers, 503));
    expect(withStatus(answers, 200).length + withStatus(answers, 503).length).toBe(answers.length);
    expect(withStatus(answers, 200).length).toBeGreaterThan(clients);
    expect(new Set(health)).toEqual(new Set([200]));
    expect((await ask(server.port, "/api/actions/taste", { body: {} })).status).toBe(200);
    const metrics = (await ask(server.port, "/metrics")).text;
    const counted = /galley_http_requests_total\{method="POST",route="none",status="503"\} (\d+)/.exec(metrics);
    expect(Number(counted?.[1])).toBe(withStatus(answers, 503).length);
    await until(() => server.stdout().includes("Requests were refused: more have come than can be answered"));
  });

  test("leaves every write done that was acknowledged, and none that was refused", async () => {
    const answers = await flood("/api/dishes", (number) => ({ name: `dish ${number}` }));
    expectRefusals(withStatus(answers, 503));
    const made = withStatus(answers, 201).map(({ text }) => String((JSON.parse(text) as { id: unknown }).id));
    expect(made.length + withStatus(answers, 503).length).toBe(answers.length);
    const total = JSON.parse((await ask(server.port, "/api/dishes?limit=1&total=true")).text) as { total: number };
    expect(total.total).toBe(made.length);
    expect(new Set(made).size).toBe(made.length);
    expect((await ask(server.port, "/api/dishes", { body: { name: "afterwards" } })).status).toBe(201);
  });
});
