/** One thing at least. */
export type Some<T> = readonly [T, ...T[]];

/**
 * What one transaction sends in one turn of the event loop: in the order in which it was asked for, and alike things that follow
 * one another as one statement.
 */
export interface Turn {
  /**
   * Makes what gathers items.
   *
   * @param joins whether an item may travel with those before it
   * @param run runs the statement of all, and answers each
   */
  gather<Item, Answer>(
    joins: (item: Item, before: Some<Item>) => boolean,
    run: (items: Some<Item>) => Promise<(item: Item) => Answer>,
  ): (item: Item) => Promise<Answer>;
  /** Statements that have gathered. */
  readonly waiting: number;
  /** Sends what has gathered: whatever else is sent comes after it. */
  send(): void;
}

/** Begins what is over when nothing is left that can go on without an answer from outside. */
export function createTurn(): Turn {
  let waiting: (() => void)[] = [];

  function send(): void {
    const starts = waiting;
    waiting = [];
    for (const start of starts) start();
  }

  function push(start: () => void): void {
    // Ticks come after all microtasks, in which a work goes on that waits for nothing but itself.
    if (waiting.push(start) === 1) process.nextTick(send);
  }

  return {
    gather(joins, run) {
      type Item = Parameters<typeof joins>[0];
      type Answers = Awaited<ReturnType<typeof run>>;
      let open:
        | { readonly items: [Item, ...Item[]]; readonly answers: Promise<Answers>; readonly start: () => void }
        | undefined;
      return async (item) => {
        if (open !== undefined && open.start === waiting.at(-1) && joins(item, open.items)) open.items.push(item);
        else {
          const items: [Item, ...Item[]] = [item];
          const { promise, resolve } = Promise.withResolvers<Answers>();
          open = { items, answers: promise, start: () => resolve(run(items)) };
          push(open.start);
        }
        const answer = await open.answers;
        return answer(item);
      };
    },
    get waiting() {
      return waiting.length;
    },
    send,
  };
}
