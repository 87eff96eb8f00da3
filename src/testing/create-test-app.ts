import { createFakeClock, type FakeClock } from "../kit/clock.ts";
import type { Row } from "../query/sort.ts";
import type { Backend } from "../schema/backend.ts";
import type { Collection } from "../schema/collection.ts";
import type { CreateOf, RecordOf } from "../schema/infer.ts";
import { appEngineUse, type AppOptions, openApp } from "../server/create-app.ts";
import { openEngine } from "../server/open-engine.ts";
import { createFixtures } from "./fixtures.ts";
import { createOwnDatabase } from "./own-database.ts";
import { prepared } from "./prepared.ts";
import type { TestCaller } from "./test-caller.ts";
import { createTestLog, type LogLine } from "./test-log.ts";
import { createTestPeople, type TestUser, type TestUserFields } from "./test-people.ts";

const memory = { engine: "sqlite", file: ":memory:" } as const;

/** How an application under test differs from one that serves. */
export interface TestAppOptions extends Pick<AppOptions, "log" | "corsOrigins" | "bodyLimit"> {
  /** What the clock says at first, RFC 3339 or milliseconds since 1970; 2026-01-01T00:00:00Z unless told otherwise. */
  readonly now?: string | number;
  /**
   * A PostgreSQL server, `postgres://...`: a database of the test's own is made there, and dropped at the end. SQLite in memory
   * where it is left out, or undefined.
   */
  readonly database?: string | undefined;
  /** Whether the definition's seed fills the database; false unless told otherwise, so that a test holds what it says. */
  readonly seed?: boolean;
  /** Whether callers are limited; false unless told otherwise: a test calls faster than people, at a time that stands still. */
  readonly rateLimits?: boolean;
}

/** A whole application in a test. Its own requests are those of nobody in particular; its own `db` knows no rules. */
export interface TestApp<B extends Backend = Backend> extends TestCaller<B>, AsyncDisposable {
  /** Stands still until it is told otherwise. */
  readonly clock: FakeClock;
  /** Somebody who calls with a session of their own; null is nobody in particular. */
  as(user: { readonly id: string } | null): TestCaller<B>;
  /** Makes a user, whom {@link TestApp.as} signs in without a password. */
  user(fields?: TestUserFields<B>): Promise<TestUser<B>>;
  /**
   * Makes records through the ordinary write path, with hooks and feed and without rules. A test says what it is about; what
   * else a record needs is made up, records that it must refer to included.
   *
   * @example
   * const [metropolis, m] = await app.create(films, [{ title: "Metropolis" }, { title: "M", stock: 0 }]);
   * const review = await app.create(reviews, { film: m.id });
   */
  create<C extends Collection>(collection: C, values?: Partial<CreateOf<C>>): Promise<RecordOf<C>>;
  create<C extends Collection, const V extends readonly Partial<CreateOf<C>>[]>(
    collection: C,
    values: V,
  ): Promise<{ readonly [K in keyof V]: RecordOf<C> }>;
  /** What was logged as a warning or an error, where no log of the test's own was given. */
  readonly logged: readonly LogLine[];
  close(): Promise<void>;
}

/**
 * Starts a whole application for one test: a database of its own, a clock that stands still, no port. It takes a few
 * milliseconds, so each test can have one.
 *
 * @throws DefinitionError when the definition makes no sense
 * @example
 * await using app = await createTestApp(backend);
 * const alice = await app.user({ role: "editor" });
 * const response = await app.as(alice).post("/api/films", { title: "M", stock: 1 });
 * assert.equal(response.status, 201);
 */
export async function createTestApp<B extends Backend>(backend: B, options: TestAppOptions = {}): Promise<TestApp<B>> {
  const { now, database, seed = false, rateLimits = false, ...rest } = options;
  const { assembly: whole, image } = prepared(backend);
  const assembly = seed ? whole : { ...whole, backend: { ...backend, seed: undefined } };
  const clock = createFakeClock(now);
  const { log, lines } = createTestLog();

  const own = database === undefined ? undefined : await createOwnDatabase(database);
  const location = own === undefined ? memory : ({ engine: "postgres", url: own.url } as const);
  const engine = openEngine(assembly, location, { ...appEngineUse, image });
  const app = await openApp(assembly, engine, { log, ...rest, clock, rateLimits }).catch(async (error: unknown) => {
    await own?.drop();
    throw error;
  });

  const fixtures = createFixtures(assembly.model, () => new Date(clock.now()).toISOString());
  const { nobody, ...people } = createTestPeople<B>({ app, assembly, engine, clock, fixtures });

  function create(collection: Collection, values: Row | readonly Row[] = {}): Promise<unknown> {
    return app.db.transaction(async (db) => {
      if (!isMany(values)) return fixtures.create(db, collection, values);
      const rows: Row[] = [];
      for (const one of values) rows.push(await fixtures.create(db, collection, one));
      return rows;
    });
  }

  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= end());
  async function end(): Promise<void> {
    try {
      await app.close();
    } finally {
      await own?.drop();
    }
  }
  return {
    ...nobody,
    db: app.db,
    clock,
    ...people,
    create: create as TestApp<B>["create"],
    logged: lines,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function isMany(values: Row | readonly Row[]): values is readonly Row[] {
  return Array.isArray(values);
}
