/** The tables and indexes as a person would write them for PostgreSQL: those of Galley, with narrower numbers and without its own. */
export const tables = `
  CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL, password text NOT NULL, "createdAt" timestamptz(3) NOT NULL, "updatedAt" timestamptz(3) NOT NULL, version integer NOT NULL);
  CREATE TABLE sessions ("tokenHash" text PRIMARY KEY, "user" uuid NOT NULL REFERENCES users, "expiresAt" timestamptz(3) NOT NULL);
  CREATE TABLE categories (id uuid PRIMARY KEY, name text NOT NULL, "createdAt" timestamptz(3) NOT NULL, "updatedAt" timestamptz(3) NOT NULL, version integer NOT NULL);
  CREATE TABLE directors (id uuid PRIMARY KEY, name text NOT NULL, country text NOT NULL, born integer NOT NULL, "createdAt" timestamptz(3) NOT NULL, "updatedAt" timestamptz(3) NOT NULL, version integer NOT NULL);
  CREATE TABLE films (id uuid PRIMARY KEY, title text NOT NULL, director uuid NOT NULL REFERENCES directors, category uuid NOT NULL REFERENCES categories, seller uuid NOT NULL REFERENCES users, status text NOT NULL, year integer NOT NULL, minutes integer NOT NULL, rating double precision NOT NULL, votes integer NOT NULL, price integer NOT NULL, stock integer NOT NULL, "createdAt" timestamptz(3) NOT NULL, "updatedAt" timestamptz(3) NOT NULL, version integer NOT NULL);
  CREATE TABLE accounts (id uuid PRIMARY KEY, "user" uuid NOT NULL UNIQUE REFERENCES users, balance bigint NOT NULL, orders integer NOT NULL, "createdAt" timestamptz(3) NOT NULL, "updatedAt" timestamptz(3) NOT NULL, version integer NOT NULL);
  CREATE TABLE orders (id uuid PRIMARY KEY, customer uuid NOT NULL REFERENCES users, status text NOT NULL, total bigint NOT NULL, "createdAt" timestamptz(3) NOT NULL, "updatedAt" timestamptz(3) NOT NULL, version integer NOT NULL);
  CREATE TABLE "orderLines" (id uuid PRIMARY KEY, "order" uuid NOT NULL REFERENCES orders, film uuid NOT NULL REFERENCES films, price integer NOT NULL, quantity integer NOT NULL, "createdAt" timestamptz(3) NOT NULL, "updatedAt" timestamptz(3) NOT NULL, version integer NOT NULL);
  CREATE INDEX ON films (category, votes DESC, id DESC);
  CREATE INDEX ON films (category, id);
  CREATE INDEX ON films (director, id);
  CREATE INDEX ON films (seller, id);
  CREATE INDEX ON orders (customer, id);
  CREATE INDEX ON "orderLines" ("order", id);
  CREATE INDEX ON "orderLines" (film, id);
  CREATE INDEX ON sessions ("user");
`;
