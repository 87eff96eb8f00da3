import type { Database } from "../schema/repository.ts";
import type { Where } from "../schema/where.ts";
import { sessions } from "./auth-collections.ts";

/** Ends sessions, a page at a time: a program that signs in with each request has more than can be asked for at once. */
export async function endSessions(db: Database, where: Where<(typeof sessions)["fields"]>): Promise<void> {
  for (;;) {
    const { data } = await db.unrestricted(sessions).list({ where, limit: 200 });
    if (data.length === 0) return;
    for (const { id } of data) await db.unrestricted(sessions).delete(id);
  }
}
