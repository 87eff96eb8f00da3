import { MessageChannel } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Command, CommandPort } from "../operations/command.ts";
import type { Principal } from "../schema/principal.ts";
import { connectCommands, serveCommands } from "./command-channel.ts";

const ada: Principal = { kind: "user", user: { id: "u1", email: "ada@example.com", roles: ["admin"] }, session: "s1" };
const own = { kind: "compare", field: "seller", path: [], comparison: "eq", operand: "u1" };

const plain: Command = {
  operation: "films.create",
  input: { title: "Metropolis" },
  grant: { write: own, read: { kind: "always" } },
  prepared: undefined,
  principal: ada,
  now: "2026-01-01T00:00:00.000Z",
  requestId: "r1",
  client: { address: "127.0.0.1", agent: "test" },
  ifMatch: undefined,
  ifNoneMatch: undefined,
  idempotency: undefined,
  claimed: false,
  step: "run",
};

let channel: MessageChannel;
let received: Command[];
let commands: CommandPort;

beforeEach(() => {
  channel = new MessageChannel();
  received = [];
  commands = connectCommands(channel.port1);
  serveCommands(channel.port2, {
    perform(command) {
      received.push(command);
      return Promise.resolve({ result: received.length, replayed: false });
    },
    admits: () => true,
  });
});

afterEach(() => channel.port1.close());

describe("commands that cross to another thread", () => {
  it("arrive as they were, whatever they hold", async () => {
    const sent: Command[] = [
      plain,
      { ...plain, grant: null, step: "touch" },
      { ...plain, grant: [{ write: own }, null], input: [1, undefined, new Date(0)] },
      { ...plain, grant: { ...own }, prepared: { hash: new Uint8Array([1, 2]) }, ifMatch: ["a"], ifNoneMatch: ["*"] },
      { ...plain, idempotency: { id: "i", secret: "s", fingerprint: "f" }, claimed: true },
      plain,
    ];
    await Promise.all(sent.map((command) => commands.perform(command)));
    expect(received).toEqual(sent);
  });

  it("say once who asks and what their rules came to, and nobody can change that for the others", async () => {
    await commands.perform(plain);
    await commands.perform({ ...plain, input: { title: "M" }, grant: { write: own, read: { kind: "never" } } });
    await commands.perform({ ...plain, principal: { ...ada } });
    const [first, second, third] = received;
    expect(second?.principal).toBe(first?.principal);
    expect(second?.grant).toMatchObject({ write: own, read: { kind: "never" } });
    expect(third?.principal).not.toBe(first?.principal);
    expect(third?.principal).toEqual(ada);
    expect(Object.isFrozen(first?.principal.user?.roles)).toBe(true);
    // What prepare() answered may hold the caller, and is the action's own.
    await commands.perform({ ...plain, principal: { ...ada }, prepared: { by: ada.user } });
    const prepared = received.at(-1)?.prepared as { readonly by: unknown } | undefined;
    expect(prepared).toEqual({ by: ada.user });
    expect(Object.isFrozen(prepared?.by)).toBe(false);
  });

  it("arrive whoever asks, when more have asked than are remembered", async () => {
    const callers = Array.from({ length: 1500 }, (_, index): Principal => ({ ...ada, session: `s${index}` }));
    for (let round = 0; round < 2; round++)
      await Promise.all(callers.map((principal) => commands.perform({ ...plain, principal })));
    expect(received.map(({ principal }) => principal.session)).toEqual(
      [...callers, ...callers].map(({ session }) => session),
    );
  });

  it("arrive with what they may do, also when only a part of that can be shared", async () => {
    const read = { kind: "never" };
    await commands.perform({ ...plain, grant: { write: read, extra: null } });
    await commands.perform({ ...plain, grant: { write: read } });
    expect(received.map(({ grant }) => grant)).toEqual([{ write: read, extra: null }, { write: read }]);
  });

  it("do not leave in the other thread what is long", async () => {
    const user = { id: "u1", email: "ada@example.com", roles: [], notes: "n".repeat(5000) };
    const principal: Principal = { ...ada, user };
    await commands.perform({ ...plain, principal });
    await commands.perform({ ...plain, principal });
    const [first, second] = received;
    expect([first?.principal, second?.principal]).toEqual([principal, principal]);
    expect(second?.principal).not.toBe(first?.principal);
    expect(Object.isFrozen(second?.principal.user)).toBe(true);
  });

  it("that can't cross fail alone, and what was first said in them is said again", async () => {
    const bob: Principal = { ...ada, session: "s2" };
    const wrong = commands.perform({ ...plain, principal: bob, prepared: () => "a function" });
    const right = commands.perform({ ...plain, principal: bob });
    await expect(wrong).rejects.toThrow("must be plain data to cross between threads");
    await right;
    await commands.perform({ ...plain, principal: bob });
    expect(received.map(({ principal }) => principal)).toEqual([bob, bob]);
  });

  it("are told when a message could not be read, and a late reply reaches nobody else", async () => {
    const { port1, port2 } = new MessageChannel();
    const finish: (() => void)[] = [];
    const slow = connectCommands(port1);
    serveCommands(port2, {
      perform: ({ requestId }) =>
        new Promise((resolve) => finish.push(() => resolve({ result: requestId, replayed: false }))),
      admits: () => true,
    });
    const lost = slow.perform({ ...plain, requestId: "lost" });
    await vi.waitFor(() => expect(finish).toHaveLength(1));
    // As the serving side says when it can't read what has arrived.
    port2.postMessage("unreadable");
    await expect(lost).rejects.toThrow("could not be read there");
    const next = slow.perform({ ...plain, requestId: "next" });
    await vi.waitFor(() => expect(finish).toHaveLength(2));
    for (const end of finish) end();
    expect((await next).result).toBe("next");
    port1.close();
  });

  it("are refused once the other side has ended", async () => {
    channel.port2.close();
    await expect(commands.perform(plain)).rejects.toThrow("The thread that writes has ended.");
  });
});
