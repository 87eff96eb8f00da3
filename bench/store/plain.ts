import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

/** Users of the shop; the clients of a measurement are the first of them. */
export const users = 1000;
const categories = 200;
/** When the first row was made; the others follow by the millisecond. */
const epoch = Date.UTC(2025, 0, 1);

const kinds = ["users", "categories", "directors", "films", "accounts", "sessions", "credentials"] as const;
type Kind = (typeof kinds)[number];

/** The UUIDv7 of a row: the same in every database, and known without asking one. */
export function idOf(kind: Kind, row: number): string {
  const time = (epoch + row).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8${kinds.indexOf(kind).toString(16).padStart(3, "0")}-${row.toString(16).padStart(12, "0")}`;
}

/** The session token of a user, as long as a real one. */
export function tokenOf(user: number): string {
  return createHash("sha256").update(`session of user ${user}`).digest("base64url");
}

export function emailOf(user: number): string {
  return `user${user}@example.com`;
}

/** Everybody's password, and what is stored of it: argon2id as OWASP recommends it, 19 MiB, two passes, one lane. */
export const password = "a good password";
export const passwordHash =
  "$argon2id$v=19$m=19456,t=2,p=1$LJYMIBt9EIpXR7UB79mn+A$HxT2WFgP91kt15Y3JySX6ev+U3wuAySbwEQTWLCIds4";

/** Whether everyone sees a film; the others are seen by who sells them. */
export function isPublished(row: number): boolean {
  return mix(row, 1) % 10 !== 0;
}

/**
 * How many films come before the indexes: those that follow come by way of them, as in a table that has grown. Indexes that were made
 * in one go have full pages, each of which the next row that belongs there splits.
 */
export function filmsBeforeIndexes(films: number): number {
  return Math.floor(films * 0.7);
}

/** Room for the indexes of a large table while it is filled. */
export const fillingCache = "PRAGMA cache_size = -4000000;";

/** A category by its number; the first has a quarter of the films. */
function categoryOf(row: number): number {
  return row % 4 === 0 ? 0 : 1 + (mix(row, 2) % (categories - 1));
}

/** The director of a film; the first has made 9,000. */
function directorOf(row: number, directors: number): number {
  return row % 100 === 0 && row < 900_000 ? 0 : 1 + (mix(row, 3) % (directors - 1));
}

/** A number that looks random and is the same each time. */
export function mix(row: number, salt: number): number {
  let x = Math.imul(row ^ Math.imul(salt, 0x9e3779b9), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const adjectives = "Silent Golden Last Broken Hidden Distant Burning Frozen Secret Empty Crimson Gentle".split(" ");
const nouns = "River Mountain City Garden Ocean Mirror Harbour Forest Island Window Summer Letter Winter".split(" ");

function titleOf(row: number): string {
  const pick = (words: readonly string[], salt: number): string => words[mix(row, salt) % words.length] ?? "";
  return `The ${pick(adjectives, 4)} ${pick(nouns, 5)} of the ${pick(adjectives, 6)} ${pick(nouns, 7)} ${row}`;
}

/** The tables as a person would write them. Every side that brings no schema of its own has exactly these. */
export const tables = `
  CREATE TABLE users (id TEXT PRIMARY KEY NOT NULL, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password TEXT NOT NULL, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, version INTEGER NOT NULL);
  CREATE TABLE sessions (tokenHash TEXT PRIMARY KEY NOT NULL, user TEXT NOT NULL REFERENCES users (id), expiresAt TEXT NOT NULL);
  CREATE TABLE categories (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, version INTEGER NOT NULL);
  CREATE TABLE directors (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, country TEXT NOT NULL, born INTEGER NOT NULL, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, version INTEGER NOT NULL);
  CREATE TABLE films (id TEXT PRIMARY KEY NOT NULL, title TEXT NOT NULL, director TEXT NOT NULL REFERENCES directors (id), category TEXT NOT NULL REFERENCES categories (id), seller TEXT NOT NULL REFERENCES users (id), status TEXT NOT NULL, year INTEGER NOT NULL, minutes INTEGER NOT NULL, rating REAL NOT NULL, votes INTEGER NOT NULL, price INTEGER NOT NULL, stock INTEGER NOT NULL, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, version INTEGER NOT NULL);
  CREATE TABLE accounts (id TEXT PRIMARY KEY NOT NULL, user TEXT NOT NULL UNIQUE REFERENCES users (id), balance INTEGER NOT NULL, orders INTEGER NOT NULL, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, version INTEGER NOT NULL);
  CREATE TABLE orders (id TEXT PRIMARY KEY NOT NULL, customer TEXT NOT NULL REFERENCES users (id), status TEXT NOT NULL, total INTEGER NOT NULL, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, version INTEGER NOT NULL);
  CREATE TABLE orderLines (id TEXT PRIMARY KEY NOT NULL, "order" TEXT NOT NULL REFERENCES orders (id), film TEXT NOT NULL REFERENCES films (id), price INTEGER NOT NULL, quantity INTEGER NOT NULL, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, version INTEGER NOT NULL);
`;

/** The same indexes that Galley makes for the definition. */
const indexes = `
  CREATE INDEX films_by_category_votes ON films (category, votes DESC, id DESC);
  CREATE INDEX films_by_category ON films (category, id);
  CREATE INDEX films_by_director ON films (director, id);
  CREATE INDEX films_by_seller ON films (seller, id);
  CREATE INDEX orders_by_customer ON orders (customer, id);
  CREATE INDEX lines_by_order ON orderLines ("order", id);
  CREATE INDEX lines_by_film ON orderLines (film, id);
  CREATE INDEX sessions_by_user ON sessions (user);
`;

/** Makes the plain database with so many films. */
export function makePlain(path: string, films: number): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  database.exec(
    `PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; ${fillingCache} ${tables} BEGIN`,
  );
  const timeOf = (row: number): string => new Date(epoch + row).toISOString();

  function fill(table: string, end: number, valuesOf: (row: number) => readonly (string | number)[], start = 0): void {
    const marks = valuesOf(0).map(() => "?");
    const insert = database.prepare(`INSERT INTO ${table} VALUES (${marks.join(", ")})`);
    for (let row = start; row < end; row++) insert.run(...valuesOf(row));
  }

  const record = (kind: Kind, row: number, ...values: readonly (string | number)[]): (string | number)[] => [
    idOf(kind, row),
    ...values,
    timeOf(row),
    timeOf(row),
    1,
  ];
  fill("users", users, (row) => record("users", row, emailOf(row), `User ${row}`, passwordHash));
  fill("sessions", users, (row) => [
    createHash("sha256").update(tokenOf(row)).digest("hex"),
    idOf("users", row),
    "2099-01-01T00:00:00.000Z",
  ]);
  fill("categories", categories, (row) => record("categories", row, `Category ${row}`));
  const directors = Math.max(100, films / 20);
  fill("directors", directors, (row) =>
    record("directors", row, `Director ${row}`, mix(row, 8) % 2 === 0 ? "FR" : "IN", 1920 + (mix(row, 9) % 80)),
  );
  const film = (row: number): (string | number)[] =>
    record(
      "films",
      row,
      titleOf(row),
      idOf("directors", directorOf(row, directors)),
      idOf("categories", categoryOf(row)),
      idOf("users", mix(row, 10) % users),
      isPublished(row) ? "published" : "draft",
      1920 + (mix(row, 11) % 105),
      60 + (mix(row, 12) % 120),
      // Never a whole number, which SQLite's JSON would spell with a point and JavaScript's without.
      (10 * (mix(row, 13) % 10) + 1 + (mix(row, 14) % 9)) / 10,
      mix(row, 15) % 1_000_000,
      199 + 100 * (mix(row, 16) % 40),
      1_000_000,
    );
  const first = filmsBeforeIndexes(films);
  fill("films", first, film);
  fill("accounts", users, (row) => record("accounts", row, idOf("users", row), 1_000_000_000_000, 0));
  database.exec(indexes);
  fill("films", films, film, first);
  database.exec("COMMIT");
  database.close();
}
