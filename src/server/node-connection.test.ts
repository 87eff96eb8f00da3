import { connect, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import type { Answer, Exchange } from "../kit/exchange.ts";
import { createNodeHost, type NodeHost } from "./node-host.ts";

const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;
const post = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const last = "connection: close\r\n";
const ok = (body: string): Answer => ({ status: 200, headers: {}, body });
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A host, and one connection to it that has sent something. */
async function connected(handle: (exchange: Exchange) => Promise<Answer>, text: string) {
  const host = createNodeHost({ handle });
  onTestFinished(async () => void (await host.close(0)));
  const port = await host.listen({ port: 0, host: "127.0.0.1" });
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  socket.write(text);
  return { host, socket };
}

/** What is received until the other side ends. */
async function received(socket: Socket): Promise<string> {
  let all = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => (all += String(chunk)));
  await new Promise((resolve) => socket.once("end", resolve));
  socket.end();
  return all;
}

const bodies = (answers: string): string[] =>
  [...answers.matchAll(/\r\n\r\n([^\r]*?)(?=HTTP\/1\.1|$)/g)].map(([, body = ""]) => body);

it("begins a request when the one before it has been answered: who writes and then reads finds it", async () => {
  const stored: string[] = [];
  const { socket } = await connected(
    async (exchange) => {
      if (exchange.method === "GET") return ok(stored.join());
      const body = Buffer.from(await exchange.body(10)).toString();
      await pause(20);
      stored.push(body);
      return ok("stored");
    },
    post("/", "a") + get("/") + post("/", "b") + get("/", last),
  );
  expect(bodies(await received(socket))).toEqual(["stored", "a", "stored", "a,b"]);
});

it("begins nothing for a client that takes no answers, and goes on when it does", async () => {
  const requests = 2000;
  const answer = "x".repeat(100_000);
  let begun = 0;
  const all = Array.from({ length: requests - 1 }, () => get("/")).join("");
  const { socket } = await connected(
    async () => {
      begun++;
      return ok(answer);
    },
    all + get("/last", last),
  );
  socket.pause();
  let before = -1;
  // As many as the system takes for a client that doesn't read.
  while (begun !== before) {
    before = begun;
    await pause(200);
  }
  expect(begun).toBeGreaterThan(0);
  expect(begun).toBeLessThan(requests / 2);
  let bytes = 0;
  socket.on("data", (chunk) => (bytes += chunk.length)).resume();
  await new Promise((resolve) => socket.once("end", resolve));
  expect(begun).toBe(requests);
  expect(bytes).toBeGreaterThan(requests * answer.length);
});

it("answers all that a client has asked for before it said that it would say no more", async () => {
  const { socket } = await connected(async ({ path }) => {
    if (path !== "/3") await pause(10);
    return ok(path);
  }, "");
  socket.end(get("/1") + get("/2") + get("/3"));
  expect(bodies(await received(socket))).toEqual(["/1", "/2", "/3"]);
});

it("begins nothing after an answer that ends the connection", async () => {
  const begun: string[] = [];
  const { socket } = await connected(
    async ({ path }) => {
      begun.push(path);
      return ok(path);
    },
    get("/1") + get(`/${"x".repeat(9000)}`) + get("/2") + get("/3"),
  );
  const answers = await received(socket);
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 413"]);
  expect(begun).toEqual(["/1"]);
});

it("counts what waits among what was cut off", async () => {
  let begun = 0;
  const { host }: { readonly host: NodeHost } = await connected(
    () => {
      begun++;
      return new Promise(() => {});
    },
    get("/1") + get("/2") + get("/3"),
  );
  await expect.poll(() => begun).toBe(1);
  expect(await host.close(50)).toBe(3);
});
