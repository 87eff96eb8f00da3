import { internalCollection } from "../schema/collection.ts";
import { ref } from "../schema/field-ref.ts";
import { secret, text } from "../schema/field-text.ts";
import { timestamp } from "../schema/field-timestamp.ts";

/** What proves who someone is: today a password, as an argon2id hash in PHC format. */
export const credentials = internalCollection("_credentials", {
  fields: {
    user: ref("users", { onDelete: "cascade" }).unique(),
    hash: secret(),
  },
});

/** Who is signed in, and where. Of the token only the SHA-256 is stored. */
export const sessions = internalCollection("_sessions", {
  fields: {
    user: ref("users", { onDelete: "cascade" }),
    tokenHash: text().unique(),
    expiresAt: timestamp(),
    lastUsedAt: timestamp(),
    address: text(),
    agent: text(),
  },
  indexes: [["expiresAt"]],
});
