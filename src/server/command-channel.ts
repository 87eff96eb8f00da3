import { inspect } from "node:util";
import type { MessagePort } from "node:worker_threads";
import { createBacklog } from "../kit/backlog.ts";
import { fromPlainError, type PlainError, toPlainError } from "../kit/galley-error.ts";
import type { Command, CommandPort, Outcome } from "../operations/command.ts";

/** Commands on their way to the thread that writes, and outcomes on their way back: many in one message. */
type Request = { readonly number: number; readonly command: Command };
type Reply = { readonly number: number } & ({ readonly outcome: Outcome } | { readonly error: PlainError });

/** Commands that travel together at the most. */
const mostTogether = 64;

interface Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** The end of a channel that sends commands. */
export function connectCommands(port: MessagePort): CommandPort {
  const waiting = new Map<number, Waiting>();
  const backlog = createBacklog();
  let outbox: Request[] = [];
  let last = 0;
  let closed = false;

  port.on("message", (replies: readonly Reply[]) => {
    for (const reply of replies) {
      backlog.done();
      const caller = waiting.get(reply.number);
      waiting.delete(reply.number);
      if ("outcome" in reply) caller?.resolve(reply.outcome);
      else caller?.reject(fromPlainError(reply.error));
    }
  });
  port.on("close", () => {
    closed = true;
    for (const { reject } of waiting.values()) reject(ended());
    waiting.clear();
  });

  function send(): void {
    if (outbox.length === 0) return;
    const requests = outbox;
    outbox = [];
    postEach(port, requests, ({ number }, error) => {
      waiting.get(number)?.reject(cannotCross("What prepare() or a rule answered", error));
      waiting.delete(number);
    });
  }

  return {
    perform: (command) =>
      new Promise((resolve, reject) => {
        // A closed port takes messages and tells nobody: who waited for it would wait forever.
        if (closed) return reject(ended());
        const number = ++last;
        waiting.set(number, { resolve, reject });
        // What arrived in the same turn of the loop travels together; nothing waits beyond it, nor for the end of a long one.
        if (outbox.length === 0) setImmediate(send);
        outbox.push({ number, command });
        if (outbox.length === mostTogether) send();
      }),
    admits: () => backlog.admits(waiting.size),
  };
}

/** The end of a channel that carries commands out. */
export function serveCommands(port: MessagePort, performer: CommandPort): void {
  let outbox: Reply[] = [];

  function reply(message: Reply): void {
    // A group commit answers all its members in one go, and the first of them opens the envelope.
    if (outbox.length === 0) {
      queueMicrotask(() => {
        const replies = outbox;
        outbox = [];
        postEach(port, replies, ({ number }, error) => {
          port.postMessage([{ number, error: toPlainError(cannotCross("What the action answered", error)) }]);
        });
      });
    }
    outbox.push(message);
  }

  port.on("message", (requests: readonly Request[]) => {
    for (const { number, command } of requests) {
      performer.perform(command).then(
        (outcome) => reply({ number, outcome }),
        (error: unknown) => reply({ number, error: plainErrorOf(error) }),
      );
    }
  });
}

/**
 * Sends many messages as one. Where a single one holds what can't be copied, such as a function, the others are sent
 * nevertheless: in the middle of a thread's loop an exception would end the whole server.
 */
function postEach<T>(port: MessagePort, messages: readonly T[], fail: (message: T, error: unknown) => void): void {
  try {
    port.postMessage(messages);
  } catch {
    for (const message of messages) {
      try {
        port.postMessage([message]);
      } catch (error) {
        fail(message, error);
      }
    }
  }
}

function cannotCross(what: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${what} must be plain data to cross between threads: ${reason}`);
}

/** Code may throw anything, also what JSON can't spell. */
function plainErrorOf(thrown: unknown): PlainError {
  try {
    return toPlainError(thrown);
  } catch {
    return toPlainError(new Error(`What was thrown is no error: ${inspect(thrown)}`));
  }
}

function ended(): Error {
  return new Error("The thread that writes has ended.");
}
