import { sha256 } from "../kit/token.ts";
import type { Client } from "../schema/action.ts";
import type { Database } from "../schema/repository.ts";
import { sessions } from "./auth-collections.ts";

/** What a session begins with. */
export interface NewSession {
  /** Id of the user. */
  readonly user: string;
  readonly token: string;
  /** RFC 3339 in UTC. */
  readonly now: string;
  /** How long it lasts without use, in milliseconds. */
  readonly lifetime: number;
  readonly client: Client;
}

/** Starts a session, of whose token only the hash is stored. */
export async function startSession(db: Database, { user, token, now, lifetime, client }: NewSession): Promise<void> {
  await db.unrestricted(sessions).create({
    user,
    tokenHash: sha256(token),
    expiresAt: new Date(Date.parse(now) + lifetime).toISOString(),
    lastUsedAt: now,
    address: client.address,
    agent: client.agent.slice(0, 500),
  });
}
