// Makes the database of Payload for a plain one: the schema by Payload itself, the rows copied, a session for each user.
// make-store.ts PLAIN STORE TOKENS
import { pbkdf2Sync, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { getFieldsToSign, getPayload, jwtSign } from "payload";
import config from "./payload.config.ts";

const [, , plain = "", store = "", tokens = ""] = process.argv;
const payload = await getPayload({ config });
await payload.db.destroy?.();

const database = new DatabaseSync(store, { enableForeignKeyConstraints: false });
database.prepare("ATTACH ? AS plain").run(plain);
const salt = "0".repeat(64);
const hash = pbkdf2Sync("a good password", salt, 25_000, 512, "sha256").toString("hex");
const stamps = "createdAt, updatedAt";
database.exec("PRAGMA synchronous = OFF; BEGIN");
database
  .prepare(
    `INSERT INTO main.users (id, email, name, salt, hash, login_attempts, created_at, updated_at) SELECT id, email, name, ?, ?, 0, ${stamps} FROM plain.users`,
  )
  .run(salt, hash);
database.exec(`
  INSERT INTO main.categories (id, name, created_at, updated_at) SELECT id, name, ${stamps} FROM plain.categories;
  INSERT INTO main.directors (id, name, country, born, version, created_at, updated_at) SELECT id, name, country, born, version, ${stamps} FROM plain.directors;
  INSERT INTO main.films (id, title, director_id, category_id, seller_id, status, year, minutes, rating, votes, price, stock, version, created_at, updated_at)
    SELECT id, title, director, category, seller, status, year, minutes, rating, votes, price, stock, version, ${stamps} FROM plain.films;
  INSERT INTO main.accounts (id, customer_id, balance, orders, created_at, updated_at) SELECT id, user, balance, orders, ${stamps} FROM plain.accounts;
`);
const { auth } = payload.collections["users"]?.config ?? {};
if (auth === undefined) throw new Error("There are no users.");
const session = database.prepare(
  "INSERT INTO users_sessions (_order, _parent_id, id, created_at, expires_at) VALUES (1, ?, ?, ?, ?)",
);
const signed: string[] = [];
for (const row of database.prepare("SELECT id, email FROM plain.users ORDER BY id").all()) {
  const [id, email, sid] = [String(row["id"]), String(row["email"]), randomUUID()];
  const year = 365 * 24 * 60 * 60;
  session.run(id, sid, new Date().toISOString(), new Date(Date.now() + year * 1000).toISOString());
  const collectionConfig = payload.collections["users"]?.config;
  if (collectionConfig === undefined) throw new Error("There are no users.");
  const fieldsToSign = getFieldsToSign({
    collectionConfig,
    email,
    sid,
    user: { id, email, collection: "users" } as never,
  });
  signed.push((await jwtSign({ fieldsToSign, secret: payload.secret, tokenExpiration: year })).token);
}
// The order of a page, which its indexes can't declare.
database.exec("COMMIT; CREATE INDEX films_by_category_votes ON films (category_id, votes DESC, id DESC)");
database.close();
writeFileSync(tokens, JSON.stringify(signed));
process.exit();
