import { principalOf } from "../auth/identity.ts";
import type { Engine } from "../database/engine.ts";
import { systemClock } from "../kit/clock.ts";
import { openDatabase } from "../records/open-database.ts";
import type { Collection } from "../schema/collection.ts";
import type { Model } from "../schema/model.ts";
import type { Database, Repository } from "../schema/repository.ts";

/** Repositories by the name of their collection. */
export type Repositories = Readonly<Record<string, Repository<Collection>>>;

/** What can be named in the console. */
export interface ConsoleScope {
  /** Every collection, without rules. */
  readonly db: Repositories;
  /** Every collection, as far as the rules let a user: by id, or by e-mail address. */
  as(user: string): Repositories;
  /** Several writes, all or none; the repositories that it gives are those of the transaction. */
  transaction<T>(work: (db: Repositories) => Promise<T>): Promise<T>;
  /** Collections by their own name, where JavaScript has no other use for it. */
  readonly [name: string]: unknown;
}

/** Makes what can be named in the console. Everything goes the way of every write: checked, with hooks and the feed. */
export function createConsoleScope(model: Model, engine: Engine): ConsoleScope {
  const parts = { model, engine, clock: systemClock };
  const system = openDatabase(parts);

  function repositoriesOf(db: Database): Repositories {
    const shown = [...model.collections.values()].filter(({ declaration }) => !declaration.internal);
    return Object.fromEntries(shown.map((one) => [one.name, db(one.declaration)]));
  }

  const db = repositoriesOf(system);
  const free = Object.entries(db).filter(([name]) => !(name in globalThis));
  return {
    ...Object.fromEntries(free),
    db,
    as: (user) => repositoriesOf(openDatabase({ ...parts, who: (reader) => principalOf(user, reader, model) })),
    transaction: (work) => system.transaction((within) => work(repositoriesOf(within))),
  };
}
