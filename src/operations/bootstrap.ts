import { randomBytes } from "node:crypto";
import { credentials } from "../auth/auth-collections.ts";
import { endSessions } from "../auth/end-sessions.ts";
import type { Engine } from "../database/engine.ts";
import { GalleyError } from "../kit/galley-error.ts";
import type { Logger } from "../kit/logger.ts";
import { openDatabase } from "../records/open-database.ts";
import { email as emailField } from "../schema/field-email.ts";
import type { Collection } from "../schema/collection.ts";
import type { Database, Repository } from "../schema/repository.ts";
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
  /** The password of who was made the administrator, to be shown once; undefined when there was one or it was given. */
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
      if (known === null) await createAdministrator(db, repository, email, hash);
      else {
        await promote(db, repository, known.id, hash);
        log.warn({ email }, "An account that there was is the administrator now, with a new password and no sessions");
      }
      if (administrator.password === undefined) generated = { email, password };
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

/**
 * Makes an administrator of an account that there is. Whoever was the first to sign up with the address need not be whose it is:
 * neither their password nor a session of theirs leads in any more.
 */
async function promote(db: Database, repository: Users, user: string, hash: string): Promise<void> {
  await repository.update(user, { roles: ["admin"] });
  const credential = await db.unrestricted(credentials).find({ where: { user } });
  if (credential === null) await db.unrestricted(credentials).create({ user, hash });
  else await db.unrestricted(credentials).update(credential.id, { hash });
  await endSessions(db, { user });
}

async function createAdministrator(db: Database, repository: Users, email: string, hash: string): Promise<void> {
  try {
    const { id } = await repository.create({ email, roles: ["admin"] });
    await db.unrestricted(credentials).create({ user: id, hash });
  } catch (error) {
    if (!(error instanceof GalleyError)) throw error;
    throw new Error(
      `The first administrator can't be made: ${error.message}. Give the fields of users a default(), or make them optional().`,
      { cause: error },
    );
  }
}
