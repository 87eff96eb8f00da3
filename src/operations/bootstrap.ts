import { randomBytes } from "node:crypto";
import { credentials } from "../auth/auth-collections.ts";
import type { Engine } from "../database/engine.ts";
import { GalleyError } from "../kit/galley-error.ts";
import type { Logger } from "../kit/logger.ts";
import { openDatabase } from "../records/open-database.ts";
import { email as emailField } from "../schema/field-email.ts";
import type { Collection } from "../schema/collection.ts";
import type { Repository } from "../schema/repository.ts";
import type { Assembly } from "./assemble.ts";
import { marks } from "./bootstrap-marks.ts";

/** How the first administrator comes to be. */
export interface FirstAdministrator {
  readonly email: string;
  /** Generated unless given. */
  readonly password: string | undefined;
}

/** What was done to the database at start. */
export interface Bootstrapped {
  readonly seeded: boolean;
  /** The password of the administrator that was made, to be shown once; undefined when there was one or it was given. */
  readonly generated: { readonly email: string; readonly password: string } | undefined;
}

/** How long a seed may take, in milliseconds. */
const seedTime = 10 * 60 * 1000;

/**
 * Makes a database ready: follows the definition, fills an empty one, and makes an administrator where there is none.
 * @throws Error when the database can't follow the definition, or the seed fails; nothing of the seed is stored then
 */
export async function bootstrap(
  { backend, model, passwords }: Assembly,
  engine: Engine,
  administrator: FirstAdministrator | undefined,
  log: Logger,
  clock: { now(): number },
): Promise<Bootstrapped> {
  await engine.migrate(model);
  const now = new Date(clock.now()).toISOString();
  const password = administrator?.password ?? randomBytes(12).toString("base64url");
  const hash = administrator && (await passwords.hash(password));
  return openDatabase({ model, engine, clock }).transaction(async (db) => {
    const people = model.collection("users");
    const repository = db.unrestricted(people.declaration);
    const seeded =
      backend.seed !== undefined && (await db.unrestricted(marks).find({ where: { id: "seeded" } })) === null;
    let generated: Bootstrapped["generated"];
    if (administrator !== undefined && hash !== undefined && (await administratorOf(repository)) === null) {
      const email = emailField().type.operand(administrator.email);
      if (email === undefined)
        throw new Error(`GALLEY_ADMIN_EMAIL is "${administrator.email}", which is no e-mail address.`);
      const known = await repository.find({ where: { email } });
      const user =
        known === null
          ? await createAdministrator(repository, email)
          : await repository.update(known.id, { roles: ["admin"] });
      const credential = await db.unrestricted(credentials).find({ where: { user: user.id } });
      if (credential === null) await db.unrestricted(credentials).create({ user: user.id, hash });
      if (credential === null && administrator.password === undefined) generated = { email, password };
    }
    if (seeded) {
      await backend.seed?.({ db, now, log });
      await db.unrestricted(marks).create({ id: "seeded", value: now });
    }
    return { seeded, generated };
  }, seedTime);
}

type Users = Repository<Collection>;

function administratorOf(repository: Users): Promise<unknown> {
  return repository.find({ where: { roles: { has: "admin" } } });
}

async function createAdministrator(repository: Users, email: string): Promise<{ readonly id: string }> {
  try {
    return await repository.create({ email, roles: ["admin"] });
  } catch (error) {
    if (!(error instanceof GalleyError)) throw error;
    throw new Error(
      `The first administrator can't be made: ${error.message}. Give the fields of users a default(), or make them optional().`,
      { cause: error },
    );
  }
}
