import { TransactionTimeout } from "./deadline.ts";
import type { Writer } from "./engine.ts";

/** The database has ended a transaction by itself, and taken all of it back. */
export class TransactionLost extends Error {
  override readonly name = "TransactionLost";

  /** @param cause what the work failed with, where it has not caught that */
  constructor(cause?: unknown) {
    super(
      "The database has ended the transaction and taken it back, because it could not write: its disk is full, or fails.",
      cause === undefined ? {} : { cause },
    );
  }
}

/**
 * A writer for one work only: work that outlives its turn, because it was stopped or because it left a promise behind, must
 * not write into the transaction of another. Work that never waits lets no timer fire, so its time is looked at here too.
 */
export class Lease implements Writer {
  readonly #writer: Writer;
  readonly #milliseconds: number;
  readonly #until: number;
  readonly #isOpen: () => boolean;
  #ended = false;
  #stopped = false;

  /** @param isOpen whether the transaction is there still: a full disk may end it in the middle of a work, of which the rest must not be stored */
  constructor(writer: Writer, milliseconds: number, isOpen: () => boolean = () => true) {
    this.#writer = writer;
    this.#milliseconds = milliseconds;
    this.#isOpen = isOpen;
    this.#until = performance.now() + milliseconds;
  }

  end(): void {
    this.#ended = true;
  }

  /** @throws TransactionTimeout or TransactionLost when the work was stopped, whatever it made of that: it must not be committed */
  check(): void {
    if (!this.#isOpen()) throw new TransactionLost();
    if (this.#stopped) throw new TransactionTimeout(this.#milliseconds);
  }

  /** Why nothing is done any more. */
  #refusal(): Promise<never> | undefined {
    if (this.#ended)
      return Promise.reject(
        new Error("The transaction of this action has ended: a database call was made after it, or was not awaited."),
      );
    if (!this.#isOpen()) return Promise.reject(new TransactionLost());
    this.#stopped ||= performance.now() > this.#until;
    return this.#stopped ? Promise.reject(new TransactionTimeout(this.#milliseconds)) : undefined;
  }

  get(...given: Parameters<Writer["get"]>): ReturnType<Writer["get"]> {
    return this.#refusal() ?? this.#writer.get(...given);
  }

  find(...given: Parameters<Writer["find"]>): ReturnType<Writer["find"]> {
    return this.#refusal() ?? this.#writer.find(...given);
  }

  select(...given: Parameters<Writer["select"]>): ReturnType<Writer["select"]> {
    return this.#refusal() ?? this.#writer.select(...given);
  }

  /** Whoever reads in a transaction goes on with what it read. */
  selectJson(): undefined {
    return undefined;
  }

  getJson(): undefined {
    return undefined;
  }

  count(...given: Parameters<Writer["count"]>): ReturnType<Writer["count"]> {
    return this.#refusal() ?? this.#writer.count(...given);
  }

  aggregate(...given: Parameters<Writer["aggregate"]>): ReturnType<Writer["aggregate"]> {
    return this.#refusal() ?? this.#writer.aggregate(...given);
  }

  changes(...given: Parameters<Writer["changes"]>): ReturnType<Writer["changes"]> {
    return this.#refusal() ?? this.#writer.changes(...given);
  }

  insert(...given: Parameters<Writer["insert"]>): Promise<void> {
    return this.#refusal() ?? this.#writer.insert(...given);
  }

  update(...given: Parameters<Writer["update"]>): Promise<void> {
    return this.#refusal() ?? this.#writer.update(...given);
  }

  remove(...given: Parameters<Writer["remove"]>): Promise<void> {
    return this.#refusal() ?? this.#writer.remove(...given);
  }

  removeAll(...given: Parameters<Writer["removeAll"]>): Promise<void> {
    return this.#refusal() ?? this.#writer.removeAll(...given);
  }

  append(...given: Parameters<Writer["append"]>): Promise<void> {
    return this.#refusal() ?? this.#writer.append(...given);
  }
}
