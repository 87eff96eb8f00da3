import type { Reader } from "../database/engine.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { sha256 } from "../kit/token.ts";
import { always } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import { anonymous, type Principal, type User } from "../schema/principal.ts";
import { credentials, sessions } from "./auth-collections.ts";

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

/**
 * Finds out whose session a token belongs to.
 * @throws GalleyError `unauthenticated` when it is no token of a session that lasts
 */
export async function identify(token: string, reader: Reader, model: Model, now: number): Promise<Identity> {
  const session =
    token.length > 200 ? undefined : await findBy(reader, model.collection(sessions.name), "tokenHash", sha256(token));
  if (session === undefined || Date.parse(String(session["expiresAt"])) <= now) throw expired();
  const row = await reader.get(model.collection("users"), String(session["user"]), always);
  if (row === undefined) throw expired();
  return {
    principal: { kind: "user", user: userOf(model.collection("users"), row), session: String(session["id"]) },
    stale: now - Date.parse(String(session["lastUsedAt"])) > freshFor,
  };
}

/** The hash of a user's password, and the user, by e-mail address. */
export async function findCredential(
  email: string,
  reader: Reader,
  model: Model,
): Promise<{ readonly user: string; readonly hash: string } | undefined> {
  const user = await findBy(reader, model.collection("users"), "email", email);
  return user && credentialOf(String(user["id"]), reader, model);
}

/** The hash of a user's password. */
export async function credentialOf(
  user: string,
  reader: Reader,
  model: Model,
): Promise<{ readonly user: string; readonly hash: string } | undefined> {
  const row = await findBy(reader, model.collection(credentials.name), "user", user);
  return row && { user, hash: String(row["hash"]) };
}

/** The user as rules and actions see it: without secrets, and safe to send to another thread. */
function userOf(collection: CollectionModel, row: Row): User {
  const shown = collection.stored.filter((name) => collection.fields.get(name)?.type.name !== "secret");
  return Object.fromEntries(shown.map((name) => [name, row[name]])) as unknown as User;
}

async function findBy(
  reader: Reader,
  collection: CollectionModel,
  field: string,
  operand: string,
): Promise<Row | undefined> {
  const where = { kind: "compare", field, path: [], comparison: "eq", operand } as const;
  const [row] = await reader.select(collection, {
    where,
    order: [{ field: "id", descending: false }],
    limit: 1,
    after: undefined,
  });
  return row;
}

function expired(): GalleyError {
  return new GalleyError("unauthenticated", "The session is not known or has ended; sign in again.");
}
