import { isDeepStrictEqual } from "node:util";
import type { Engine, Reader, Writer } from "../database/engine.ts";
import { frozen } from "../kit/frozen.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { sha256 } from "../kit/token.ts";
import { always, equal } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import type { AuthOptions } from "../schema/backend.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import { anonymous, type Principal, type User } from "../schema/principal.ts";
import { sessions } from "./auth-collections.ts";

/** How long a session may be used before its end is moved on: not with each request, which would make every read a write. */
const freshFor = 24 * 60 * 60 * 1000;

/** Who a request comes from. */
export interface Identity {
  readonly principal: Principal;
  /** Whether the session's last use is so long ago that its end should be moved on. */
  readonly stale: boolean;
}

/** The identity of a request without credentials. */
export const nobodyInParticular: Identity = { principal: anonymous, stale: false };

/** Finds out who a request comes from. */
export interface Identities {
  /** Whose session a token belongs to, where that is known without looking it up: at once, as most requests need it. */
  recall(token: string, now: number): Identity | undefined;
  /**
   * Whose session a token belongs to.
   * @throws GalleyError `unauthenticated` when it is no token of a session that lasts
   */
  identify(token: string, now: number): Promise<Identity>;
}

/** A session as it was found, and how long that can be relied on. */
interface Known {
  readonly principal: Principal;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly lastUsedAt: number;
  readonly version: number;
  readonly until: number;
}

/** Sessions that are remembered, and for how many milliseconds: another program may end one in the file. */
const mostKnown = 10_000;
const knownFor = 1000;

/**
 * Looks sessions up. Where the engine tells of every write in this process, what was found is known until a session or a user
 * is written: one that was revoked is refused at once.
 */
export function createIdentities(engine: Engine, model: Model): Identities {
  const users = model.collection("users");
  const collection = model.collection(sessions.name);
  const known = new Map<string, Known>();

  function version(): number | undefined {
    const [own, others] = [engine.versionOf(collection), engine.versionOf(users)];
    return own === undefined || others === undefined ? undefined : own + others;
  }

  async function find(token: string, now: number): Promise<Known> {
    // Asked first: what is written while the session is looked up makes it unknown again.
    const before = version();
    const found =
      token.length > 200
        ? undefined
        : await engine.read((reader) => reader.find(collection, "tokenHash", sha256(token), "user"));
    if (found === undefined) {
      known.delete(token);
      throw expired();
    }
    const { row: session, referred } = found;
    const last = known.get(token);
    const principal = principalFrom(last?.principal, String(session["id"]), userOf(users, referred));
    const timeOf = (field: string): number => Date.parse(String(session[field]));
    const times = { expiresAt: timeOf("expiresAt"), lastUsedAt: timeOf("lastUsedAt") };
    const one = { ...times, principal, version: before ?? Number.NaN, until: now + knownFor };
    const [oldest] = known.keys();
    if (last === undefined && known.size >= mostKnown && oldest !== undefined) known.delete(oldest);
    known.set(token, one);
    return one;
  }

  return {
    recall(token, now) {
      const one = known.get(token);
      if (one === undefined) return undefined;
      const lasts = one.version === version() && one.until > now && one.until <= now + knownFor && one.expiresAt > now;
      return lasts ? identityOf(one, now) : undefined;
    },
    async identify(token, now) {
      const one = await find(token, now);
      if (one.expiresAt <= now) throw expired();
      return identityOf(one, now);
    },
  };
}

/** The one that was found before, where nothing has changed: by it is known what the rules answered, and which statements that made. */
function principalFrom(last: Principal | undefined, session: string, user: User): Principal {
  if (last?.kind === "user" && last.session === session && isDeepStrictEqual(last.user, user)) return last;
  return { kind: "user", user, session };
}

function identityOf({ principal, lastUsedAt }: Known, now: number): Identity {
  return { principal, stale: now - lastUsedAt > freshFor };
}

/**
 * On whose behalf code acts that was given a user: by id, or by e-mail address.
 * @throws GalleyError `not_found`
 */
export async function principalOf(user: string, reader: Reader, model: Model): Promise<Principal> {
  const users = model.collection("users");
  const where = equal("email", user.toLowerCase());
  const row =
    (await reader.get(users, user, always)) ??
    (await reader.select(users, { where, order: [], limit: 1, after: undefined }))[0];
  if (row === undefined) throw new GalleyError("not_found", `There is no user ${user}.`);
  return { kind: "user", user: userOf(users, row), session: null };
}

/** Moves the end of a session on, because it was used. One that was ended meanwhile stays ended. */
export async function touchSession(
  session: string,
  writer: Writer,
  model: Model,
  now: string,
  lifetime: number,
): Promise<void> {
  const expiresAt = new Date(Date.parse(now) + lifetime).toISOString();
  await writer.update(model.collection(sessions.name), session, { lastUsedAt: now, expiresAt });
}

/** How long a session lasts without use, in milliseconds. */
export function sessionLifetime(options: AuthOptions): number {
  return (options.sessionDays ?? 30) * 24 * 60 * 60 * 1000;
}

/**
 * The user as rules and actions see it: without secrets, and safe to send to another thread. Frozen, because requests share it:
 * a role that code added for one of them would be everyone's with the same session.
 */
function userOf(collection: CollectionModel, row: Row): User {
  const user: Record<string, unknown> = { ...row };
  for (const name of collection.stored) if (collection.fields.get(name)?.type.name === "secret") delete user[name];
  return frozen(user) as User;
}

function expired(): GalleyError {
  return new GalleyError("unauthenticated", "The session is not known or has ended; sign in again.");
}
