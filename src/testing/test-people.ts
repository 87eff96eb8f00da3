import { credentials } from "../auth/auth-collections.ts";
import { principalOf, sessionLifetime } from "../auth/identity.ts";
import { startSession } from "../auth/start-session.ts";
import type { UsersOf } from "../client/collections-of.ts";
import type { Engine, Reader } from "../database/engine.ts";
import type { Clock } from "../kit/clock.ts";
import { createToken } from "../kit/token.ts";
import type { Assembly } from "../operations/assemble.ts";
import { openDatabase } from "../records/open-database.ts";
import type { Row } from "../query/sort.ts";
import type { Backend } from "../schema/backend.ts";
import type { CreateOf, RecordOf } from "../schema/infer.ts";
import { anonymous, type Principal } from "../schema/principal.ts";
import type { App } from "../server/create-app.ts";
import type { Fixtures } from "./fixtures.ts";
import { createTestCaller, type TestCaller } from "./test-caller.ts";

/** What a user of a test begins with; what isn't said is made up. */
export type TestUserFields<B extends Backend = Backend> = Partial<CreateOf<UsersOf<B>>> & {
  /** One role: `role: "editor"` is `roles: ["editor"]`. */
  readonly role?: string;
  /** What they sign in with. Left out, they have none, and nothing is hashed. */
  readonly password?: string;
};

/** A user of a test: the whole record. */
export type TestUser<B extends Backend = Backend> = RecordOf<UsersOf<B>>;

/** Who is in a test. */
export interface TestPeople<B extends Backend> {
  readonly nobody: TestCaller<B>;
  as(somebody: { readonly id: string } | null): TestCaller<B>;
  user(fields?: TestUserFields<B>): Promise<TestUser<B>>;
}

/** The fields of users, whatever an application has added. */
type Plain = Pick<TestUserFields, "role" | "password"> & Row;

interface TestPeopleParts {
  readonly app: App;
  readonly assembly: Assembly;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly fixtures: Fixtures;
}

/** Creates those who call an application under test: without passwords, each with sessions like anybody's. */
export function createTestPeople<B extends Backend>({
  app,
  assembly,
  engine,
  clock,
  fixtures,
}: TestPeopleParts): TestPeople<B> {
  const { backend, model, passwords } = assembly;

  function callerOf(
    who: (reader: Reader) => Promise<Principal>,
    tokenOf: () => Promise<string> | undefined,
  ): TestCaller<B> {
    const db = openDatabase({ model, engine, clock, who });
    return createTestCaller((request) => app.fetch(request), db, tokenOf);
  }

  const nobody = callerOf(
    () => Promise.resolve(anonymous),
    () => undefined,
  );

  async function signIn(id: string): Promise<string> {
    const token = createToken();
    const now = new Date(clock.now()).toISOString();
    const client = { address: "", agent: "test" };
    const session = { user: id, token, now, lifetime: sessionLifetime(backend.auth), client };
    await app.db.transaction((db) => startSession(db, session));
    return token;
  }

  return {
    nobody,
    as(somebody) {
      if (somebody === null) return nobody;
      const { id } = somebody;
      let token: Promise<string> | undefined;
      return callerOf(
        (reader) => principalOf(id, reader, model),
        () => (token ??= signIn(id)),
      );
    },
    async user(fields = {}) {
      const { password, role, ...own }: Plain = fields;
      const people = model.collection("users");
      const hash = password === undefined ? undefined : await passwords.hash(password);
      // An application's own field may be called role; theirs it is then.
      const given = role === undefined ? {} : people.fields.has("role") ? { role } : { roles: [role] };
      return app.db.transaction(async (db) => {
        const made = await fixtures.create(db, people.declaration, { ...given, ...own });
        if (hash !== undefined) await db(credentials).create({ user: String(made["id"]), hash });
        // The write path has checked that it is one.
        return made as unknown as TestUser<B>;
      });
    },
  };
}
