import { inspect } from "node:util";
import type { MessagePort } from "node:worker_threads";
import { createBacklog } from "../kit/backlog.ts";
import { fromPlainError, type PlainError, toPlainError } from "../kit/galley-error.ts";
import type { Command, CommandPort, Outcome } from "../operations/command.ts";
import { unwireCommand, wireCommand, type WiredCommand } from "./command-wire.ts";
import { createSharedIn, createSharedOut } from "./shared-values.ts";

/** Commands on their way to the thread that writes, and outcomes on their way back: many in one message. */
type Request = readonly [place: number, command: WiredCommand];
type Reply = { readonly place: number } & (
  | { readonly outcome: Outcome }
  /** `unread`: the command could not even be read. */
  | { readonly error: PlainError; readonly unread?: boolean }
);
/** Instead of replies: a whole message could not be read, so that nobody knows what was in it. */
const unreadable = "unreadable";

/** More than can wait at a time. */
const mostPlaces = 2 ** 20;
/** Commands that travel together at the most. */
const mostTogether = 64;

interface Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** The end of a channel that sends commands. */
export function connectCommands(port: MessagePort): CommandPort {
  /**
   * Who waits, each in a place of its own, and the places that are free. A map that is added to and deleted from is copied all the
   * time, and what an old copy leads to, requests among it, is kept once one of them was collected late.
   */
  let waiting: (Waiting | undefined)[] = [];
  let free: number[] = [];
  /** The number of the first place: others once all were told of a failure, so that a late reply reaches nobody else. */
  let first = 0;
  const backlog = createBacklog();
  const shared = createSharedOut();
  let outbox: { readonly place: number; readonly command: Command }[] = [];
  let closed = false;

  function take(place: number): Waiting | undefined {
    const at = place - first;
    const caller = waiting[at];
    if (caller === undefined) return undefined;
    waiting[at] = undefined;
    free.push(at);
    backlog.done();
    return caller;
  }

  /** Everyone who waits is told, because it isn't known who was in the message; what is done is done. */
  function failAll(): void {
    const reason = "What crossed from one thread to another could not be read there: it is nested too deeply.";
    const all = waiting;
    shared.forget();
    first += mostPlaces;
    waiting = [];
    free = [];
    outbox = [];
    for (const caller of all) {
      if (caller === undefined) continue;
      backlog.done();
      caller.reject(new Error(reason));
    }
  }

  port.on("messageerror", failAll);
  port.on("message", (replies: readonly Reply[] | typeof unreadable) => {
    if (replies === unreadable) {
      failAll();
      return;
    }
    for (const reply of replies) {
      // What it was made of has not arrived.
      if ("unread" in reply) shared.forget();
      const caller = take(reply.place);
      if ("outcome" in reply) caller?.resolve(reply.outcome);
      else caller?.reject(fromPlainError(reply.error));
    }
  });
  port.on("close", () => {
    closed = true;
    for (const caller of waiting) caller?.reject(ended());
    waiting = [];
  });

  function send(): void {
    if (outbox.length === 0) return;
    const requests = outbox;
    outbox = [];
    postEach({
      port,
      messages: requests,
      spell: ({ place, command }): Request => [place, wireCommand(command, shared)],
      lost({ place }, error) {
        take(place)?.reject(cannotCross("What prepare() or a rule answered", error));
      },
      failed: () => shared.forget(),
    });
  }

  return {
    perform: (command) =>
      new Promise((resolve, reject) => {
        // A closed port takes messages and tells nobody: who waited for it would wait forever.
        if (closed) return reject(ended());
        const at = free.pop() ?? waiting.length;
        waiting[at] = { resolve, reject };
        // What arrived in the same turn of the loop travels together; nothing waits beyond it, nor for the end of a long one.
        if (outbox.length === 0) setImmediate(send);
        outbox.push({ place: first + at, command });
        if (outbox.length === mostTogether) send();
      }),
    admits: () => backlog.admits(waiting.length - free.length),
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
        postEach({
          port,
          messages: replies,
          spell: (one) => one,
          lost({ place }, error) {
            port.postMessage([{ place, error: toPlainError(cannotCross("What the action answered", error)) }]);
          },
        });
      });
    }
    outbox.push(message);
  }

  const read = createSharedIn();
  port.on("messageerror", () => port.postMessage(unreadable));
  port.on("message", (requests: readonly Request[]) => {
    for (const [place, wired] of requests) {
      let command: Command;
      try {
        command = unwireCommand(wired, read);
      } catch (error) {
        reply({ place, error: plainErrorOf(error), unread: true });
        continue;
      }
      performer.perform(command).then(
        (outcome) => reply({ place, outcome }),
        (error: unknown) => reply({ place, error: plainErrorOf(error) }),
      );
    }
  });
}

/** Messages that are sent together. */
interface Post<T> {
  readonly port: MessagePort;
  readonly messages: readonly T[];
  /** What crosses of a message. */
  readonly spell: (message: T) => unknown;
  /** Told of one that can't cross. */
  readonly lost: (message: T, error: unknown) => void;
  /** Told that what was spelled has not been sent, all of it or one. */
  readonly failed?: () => void;
}

/**
 * Sends many messages as one. Where a single one holds what can't be copied, such as a function, the others are sent
 * nevertheless: in the middle of a thread's loop an exception would end the whole server.
 */
function postEach<T>({ port, messages, spell, lost, failed }: Post<T>): void {
  try {
    port.postMessage(messages.map(spell));
  } catch {
    failed?.();
    for (const message of messages) {
      try {
        port.postMessage([spell(message)]);
      } catch (error) {
        failed?.();
        lost(message, error);
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
