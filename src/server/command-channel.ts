import type { MessagePort } from "node:worker_threads";
import { fromPlainError, type PlainError, toPlainError } from "../kit/galley-error.ts";
import type { Command, CommandPort, Outcome } from "../operations/command.ts";

/** Commands on their way to the thread that writes, and outcomes on their way back: many in one message. */
type Request = { readonly number: number; readonly command: Command };
type Reply = { readonly number: number } & ({ readonly outcome: Outcome } | { readonly error: PlainError });

interface Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** The end of a channel that sends commands. */
export function connectCommands(port: MessagePort): CommandPort {
  const waiting = new Map<number, Waiting>();
  let outbox: Request[] = [];
  let last = 0;

  port.on("message", (replies: readonly Reply[]) => {
    for (const reply of replies) {
      const caller = waiting.get(reply.number);
      waiting.delete(reply.number);
      if ("outcome" in reply) caller?.resolve(reply.outcome);
      else caller?.reject(fromPlainError(reply.error));
    }
  });
  port.on("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("The thread that writes has ended."));
    waiting.clear();
  });

  function send(): void {
    const requests = outbox;
    outbox = [];
    port.postMessage(requests);
  }

  return {
    perform: (command) =>
      new Promise((resolve, reject) => {
        const number = ++last;
        waiting.set(number, { resolve, reject });
        // What arrived in the same turn of the loop travels together; nothing waits beyond it.
        if (outbox.length === 0) setImmediate(send);
        outbox.push({ number, command });
      }),
    get waiting() {
      return waiting.size;
    },
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
        port.postMessage(replies);
      });
    }
    outbox.push(message);
  }

  port.on("message", (requests: readonly Request[]) => {
    for (const { number, command } of requests) {
      performer.perform(command).then(
        (outcome) => reply({ number, outcome }),
        (error: unknown) => reply({ number, error: toPlainError(error) }),
      );
    }
  });
}
