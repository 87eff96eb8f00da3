import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Answer, Exchange } from "../kit/exchange.ts";
import { createNodeHost } from "./node-host.ts";
import { createOutbox } from "./outbox.ts";

/** An outbox in an event loop whose time is told, and what it has sent. */
function setUp() {
  let time = 0;
  let end = (): void => {};
  const outbox = createOutbox({ now: () => time, atEndOfTurn: (call) => void (end = call) });
  const sent: string[] = [];
  const put = (turn: number, answer: string): void => outbox.put(turn, () => void sent.push(answer));
  return {
    outbox,
    sent,
    put,
    /** A request of this turn that is answered in it. */
    answer: (answer: string) => put(outbox.turn(), answer),
    wait: (milliseconds: number) => void (time += milliseconds),
    endTurn: () => end(),
  };
}

describe("an outbox", () => {
  it("sends the answers of a turn when it ends, in their order", () => {
    const { sent, answer, endTurn } = setUp();
    for (const text of ["a", "b", "c"]) answer(text);
    expect(sent).toEqual([]);
    endTurn();
    expect(sent).toEqual(["a", "b", "c"]);
    answer("d");
    expect(sent).toHaveLength(3);
    endTurn();
    expect(sent).toEqual(["a", "b", "c", "d"]);
  });

  it("sends at once what answers a request of an earlier turn", () => {
    const { outbox, sent, put, answer, endTurn } = setUp();
    const earlier = outbox.turn();
    endTurn();
    put(earlier, "a refusal");
    expect(sent).toEqual(["a refusal"]);
    answer("a read");
    put(earlier, "of the writer");
    expect(sent).toEqual(["a refusal", "of the writer"]);
    endTurn();
    expect(sent).toEqual(["a refusal", "of the writer", "a read"]);
  });

  it("holds nothing back in a long turn for longer than another answer takes", () => {
    const { sent, answer, wait, endTurn } = setUp();
    answer("a");
    wait(1);
    answer("b");
    expect(sent).toEqual([]);
    wait(1.5);
    answer("c");
    expect(sent).toEqual(["a", "b", "c"]);
    answer("d");
    expect(sent).toHaveLength(3);
    endTurn();
    expect(sent).toEqual(["a", "b", "c", "d"]);
  });

  it("sends what waits when it is emptied, and nothing twice", () => {
    const { outbox, sent, answer, endTurn } = setUp();
    answer("a");
    outbox.empty();
    expect(sent).toEqual(["a"]);
    endTurn();
    expect(sent).toEqual(["a"]);
  });
});

interface Asker {
  readonly socket: Socket;
  readonly received: () => string;
  readonly closed: Promise<unknown>;
}

const get = (path: string, method = "GET"): string => `${method} ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;

/** So many connections to a host. What is written to them in one turn reaches the host in one turn too. */
async function connected(handle: (exchange: Exchange) => Promise<Answer>, connections: number) {
  const host = createNodeHost({ handle });
  onTestFinished(async () => void (await host.close(0)));
  const port = await host.listen({ port: 0, host: "127.0.0.1" });
  const asker = async (): Promise<Asker> => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let received = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => (received += String(chunk)));
    socket.on("end", () => socket.end());
    socket.on("error", () => undefined);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await new Promise((resolve) => socket.once("connect", resolve));
    return { socket, received: () => received, closed };
  };
  const askers = await Promise.all(Array.from({ length: connections }, asker));
  // The host has accepted a connection when it has answered on it.
  for (const { socket } of askers) socket.write(get("/first"));
  await expect.poll(() => askers.filter(({ received }) => received().endsWith("/first")).length).toBe(connections);
  return { host, askers };
}

const echo = async ({ path }: Exchange): Promise<Answer> => ({ status: 200, headers: {}, body: path });

describe("answers of one turn", () => {
  it("are sent in a row, after all of its requests have been handled", async () => {
    const seen: string[] = [];
    const { askers } = await connected(async (exchange) => {
      seen.push("handled");
      return echo(exchange);
    }, 8);
    const finished = (): void => void seen.push("sent");
    subscribe("http.server.response.finish", finished);
    onTestFinished(() => void unsubscribe("http.server.response.finish", finished));
    // On a busy machine a turn may be interrupted for so long that nothing is held back in it.
    await expect
      .poll(() => {
        seen.length = 0;
        for (const { socket } of askers) socket.write(get("/again"));
        return new Promise((resolve) => setTimeout(() => resolve(seen.join(" ")), 50));
      })
      .toMatch(/^(handled ){8}(sent ?){8}$/);
  });

  it("don't share what befalls one of them: fields that can't be sent, a client that has gone", async () => {
    const { askers } = await connected(
      async (exchange) =>
        exchange.path === "/broken" ? { status: 200, headers: { location: "a\r\nb: c" }, body: "x" } : echo(exchange),
      30,
    );
    const paths = ["/broken", "/gone", "/sound"];
    for (const [index, { socket }] of askers.entries()) socket.write(get(paths[index % 3] ?? ""));
    for (const [index, { socket }] of askers.entries()) if (index % 3 === 1) socket.resetAndDestroy();
    const answered = (index: number, text: string): boolean => askers[index]?.received().includes(text) === true;
    for (let index = 0; index < 30; index += 3) {
      await expect.poll(() => answered(index, "HTTP/1.1 500 ")).toBe(true);
      await expect.poll(() => answered(index + 2, "\r\n\r\n/sound")).toBe(true);
    }
    // Their connections go on.
    for (const [index, { socket }] of askers.entries()) if (index % 3 !== 1) socket.write(get("/later"));
    await expect.poll(() => askers.filter((_, index) => answered(index, "\r\n\r\n/later")).length).toBe(20);
  });

  it("keep the order of their requests on a connection, with and without bodies", async () => {
    const { askers } = await connected(async (exchange) => {
      const status = { "/204": 204, "/304": 304 }[exchange.path] ?? 200;
      return { ...(await echo(exchange)), status };
    }, 1);
    const [{ socket, received, closed } = await Promise.reject(new Error("no connection"))] = askers;
    socket.write(get("/a") + get("/b", "HEAD") + get("/204") + get("/304") + get("/c"));
    socket.write("GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    await closed;
    const answers = received().split("HTTP/1.1 ").slice(2);
    expect(answers.map((answer) => `${answer.slice(0, 3)} ${answer.split("\r\n\r\n")[1]}`)).toEqual([
      "200 /a",
      "200 ",
      "204 ",
      "304 ",
      "200 /c",
      "200 /last",
    ]);
  });

  it("reach a client that has said all it will say", async () => {
    const { askers } = await connected(echo, 20);
    for (const { socket } of askers) socket.end(get("/only"));
    await Promise.all(askers.map(({ closed }) => closed));
    for (const { received } of askers) expect(received()).toMatch(/\r\n\r\n\/only$/);
  });

  it("are sent before their connection ends for what came after them", async () => {
    const { askers } = await connected(echo, 1);
    const [{ socket, received, closed } = await Promise.reject(new Error("no connection"))] = askers;
    const size = 65_536;
    const head = `POST /sound HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`;
    // A turn reads a connection again when there was as much as one reading takes.
    socket.write(`${head}${"x".repeat(size)}garbage\r\n\r\n`);
    await closed;
    expect(received()).toContain("\r\n\r\n/sound");
  });

  it("are all sent by a host that is stopped in this turn", async () => {
    let stop = async (): Promise<number> => -1;
    let stopped: Promise<number> | undefined;
    const { host, askers } = await connected(async (exchange) => {
      if (exchange.path === "/20") stopped = stop();
      return echo(exchange);
    }, 20);
    stop = () => host.close(5000);
    for (const [index, { socket }] of askers.entries()) socket.write(get(`/${index + 1}`));
    await Promise.all(askers.map(({ closed }) => closed));
    for (const [index, { received }] of askers.entries())
      expect(received().endsWith(`\r\n\r\n/${index + 1}`)).toBe(true);
    expect(askers[19]?.received()).toContain("connection: close");
    expect(await stopped).toBe(0);
  });
});
