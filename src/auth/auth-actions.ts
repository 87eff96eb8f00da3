import { GalleyError } from "../kit/galley-error.ts";
import { createToken } from "../kit/token.ts";
import { action, type Action } from "../schema/action.ts";
import type { AuthOptions } from "../schema/backend.ts";
import type { Collection } from "../schema/collection.ts";
import { type Fields, isField, isHidden } from "../schema/field.ts";
import { boolean } from "../schema/field-boolean.ts";
import { email } from "../schema/field-email.ts";
import { object } from "../schema/field-object.ts";
import { record } from "../schema/field-record.ts";
import { text } from "../schema/field-text.ts";
import { timestamp } from "../schema/field-timestamp.ts";
import { uuid } from "../schema/field-uuid.ts";
import type { Database } from "../schema/repository.ts";
import { everyone, signedIn } from "../schema/rule.ts";
import { credentials, sessions } from "./auth-collections.ts";
import { endSessions } from "./end-sessions.ts";
import { sessionLifetime } from "./identity.ts";
import type { PasswordHasher } from "./password-hasher.ts";
import { startSession } from "./start-session.ts";
import type { users as declareUsers } from "./users.ts";

type Users = ReturnType<typeof declareUsers>;

/** Tries at passwords from one address, and at one account. */
const tries = { limit: 10, window: 60 };
const newPassword = text({ min: 8, max: 256 });
const anyPassword = text({ max: 256 });

/**
 * The actions by which people come in and go out. They are actions like those of an application: the same pipeline checks
 * them, and `prepare` does the hashing, so that the writer never waits for it.
 */
export function authActions(declaredUsers: Collection, options: AuthOptions, passwords: PasswordHasher): Action[] {
  // Whatever fields an application adds, these actions use only those that all users have.
  const users = declaredUsers as unknown as Users;
  const lifetime = sessionLifetime(options);

  const passwordOf = async (db: Database, user: string): Promise<string | undefined> =>
    (await db.unrestricted(credentials).find({ where: { user } }))?.hash;

  const signUp = action("auth.signUp", {
    summary: "Creates an account and signs in.",
    path: "/auth/sign-up",
    status: 201,
    access: everyone,
    limit: tries,
    input: { ...signUpFields(declaredUsers), email: email(), password: newPassword },
    output: { user: record(users), token: text() },
    prepare: async ({ input }) => ({ hash: await passwords.hash(input.password), token: createToken() }),
    async run({ input, prepared, db, now, client }) {
      const { password: _password, ...fields } = input;
      const user = await db.unrestricted(users).create(fields);
      await db.unrestricted(credentials).create({ user: user.id, hash: prepared.hash });
      await startSession(db, { user: user.id, token: prepared.token, now, lifetime, client });
      return { user, token: prepared.token };
    },
  });

  const signIn = action("auth.signIn", {
    summary: "Signs in with e-mail address and password.",
    path: "/auth/sign-in",
    access: everyone,
    limit: tries,
    input: { email: email(), password: anyPassword },
    output: { user: record(users), token: text() },
    async prepare({ input, db }) {
      const user = await db.unrestricted(users).find({ where: { email: input.email } });
      // The same work and the same words, whether the account or the password was wrong.
      const verified = user === null ? undefined : await passwordOf(db, user.id);
      const right = await passwords.verify(input.password, verified);
      if (user === null || !right) throw wrongToSignIn();
      return { user: user.id, verified, token: createToken() };
    },
    async run({ prepared, db, now, client }) {
      // Meanwhile the password may have been changed, to keep out whoever is signing in.
      if ((await passwordOf(db, prepared.user)) !== prepared.verified) throw wrongToSignIn();
      await endSessions(db, { user: prepared.user, expiresAt: { lte: now } });
      await startSession(db, { user: prepared.user, token: prepared.token, now, lifetime, client });
      return { user: await db.unrestricted(users).get(prepared.user), token: prepared.token };
    },
  });

  const signOut = action("auth.signOut", {
    summary: "Ends the session, or all sessions of the user.",
    path: "/auth/sign-out",
    access: signedIn,
    input: { everywhere: boolean().default(false) },
    async run({ input, user, principal, db }) {
      if (input.everywhere) await endSessions(db, { user: user.id });
      else if (principal.session !== null) await db.unrestricted(sessions).delete(principal.session);
    },
  });

  const session = action("auth.session", {
    summary: "The signed-in user and the session.",
    method: "GET",
    path: "/auth/session",
    access: signedIn,
    output: { user: record(users), session: object({ id: uuid(), createdAt: timestamp(), expiresAt: timestamp() }) },
    async run({ user, principal, db }) {
      const { id, createdAt, expiresAt } = await db.unrestricted(sessions).get(principal.session ?? "");
      return { user: await db.unrestricted(users).get(user.id), session: { id, createdAt, expiresAt } };
    },
  });

  const changePassword = action("auth.changePassword", {
    summary: "Changes the password and ends all other sessions.",
    path: "/auth/change-password",
    access: signedIn,
    limit: tries,
    input: { currentPassword: anyPassword, newPassword },
    async prepare({ input, user, db }) {
      const verified = await passwordOf(db, user.id);
      if (!(await passwords.verify(input.currentPassword, verified))) throw wrongToChange();
      return { verified, hash: await passwords.hash(input.newPassword) };
    },
    async run({ prepared, user, principal, db }) {
      const credential = await db.unrestricted(credentials).find({ where: { user: user.id } });
      // Of two who change it at the same time, the second has sent a password that is the current one no more.
      if (credential === null || credential.hash !== prepared.verified) throw wrongToChange();
      await db.unrestricted(credentials).update(credential.id, { hash: prepared.hash });
      const others = principal.session === null ? {} : { id: { ne: principal.session } };
      await endSessions(db, { user: user.id, ...others });
    },
  });

  const account = (input: Readonly<Record<string, unknown>>): string => String(input["email"]);
  return [
    ...(options.signUp === false ? [] : [{ ...signUp, session: "starts" as const, checksReferences: true }]),
    { ...signIn, session: "starts", limitKey: account },
    { ...signOut, session: "ends" },
    session,
    changePassword,
  ];
}

function wrongToSignIn(): GalleyError {
  return new GalleyError("unauthenticated", "The e-mail address or the password is wrong.");
}

function wrongToChange(): GalleyError {
  return new GalleyError("forbidden", "The current password is wrong.");
}

/**
 * The fields of users that someone who signs up may fill in: those that no rule keeps for others. A reference
 * that may be missing is left out: it would lead anyone into any team. The others must lead to what whoever signs up sees.
 */
function signUpFields(users: Collection): Fields {
  return Object.fromEntries(
    Object.entries(users.fields).filter(([, field]) => {
      // What is none is a mistake, which is told with those of the collection.
      if (!isField(field)) return false;
      const { type, modifiers } = field;
      const leadsAway = type.options.target !== undefined && modifiers.presence !== "required";
      return modifiers.writable === undefined && modifiers.presence !== "computed" && !isHidden(field) && !leadsAway;
    }),
  );
}
