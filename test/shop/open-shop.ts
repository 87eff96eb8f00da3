import type { Backend, Database } from "galley";
import { createApp } from "galley/server";
import shop from "../../examples/shop/backend.ts";
import { coupons } from "../../examples/shop/collections/coupons.ts";
import { films } from "../../examples/shop/collections/films.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { createVisitor, type Visitor } from "./shop-client.ts";

/** An open shop, in this thread: in memory, or on a PostgreSQL database of its own where `TEST_SHOP_ON` says `postgres`. */
export interface OpenShop {
  /** Somebody who has not signed in. */
  readonly anonymous: Visitor;
  readonly admin: Visitor;
  /** A new customer, signed in. */
  customer(name: string): Promise<Visitor>;
  /** A new member of staff, signed in. */
  clerk(name: string): Promise<Visitor>;
  close(): Promise<void>;
}

const admin = { email: "admin@example.com", password: "the manager of the shop" };

/** Opens the shop with a seed of the test's own: three films and three coupons unless told otherwise. */
export async function openShop(seed: Backend["seed"] = ({ db }) => fewFilms(db)): Promise<OpenShop> {
  // Tests come from one address, faster than any customer.
  const database = process.env["TEST_SHOP_ON"] === "postgres" ? await freshDatabase() : undefined;
  const app = await createApp(
    { ...shop, seed },
    { administrator: admin, rateLimits: false, ...(database && { database: database.url }) },
  );
  const anonymous = createVisitor(app);
  const boss = await anonymous.signIn(admin.email, admin.password);
  const customer = (name: string) => anonymous.signUp(`${name}@example.com`, `the password of ${name}`);
  return {
    anonymous,
    admin: boss,
    customer,
    async clerk(name) {
      const clerk = await customer(name);
      await boss.patch(`/users/${clerk.id}`, { roles: ["clerk"] });
      return clerk;
    },
    async close() {
      await app.close();
      await database?.drop();
    },
  };
}

async function fewFilms(db: Database): Promise<void> {
  await db.unrestricted(films).createMany([
    { title: "Metropolis", price: 1000, stock: 50, weight: 120, cost: 600, supplierCode: "WH-SECRET-1" },
    { title: "Nosferatu", price: 2000, stock: 5, weight: 220, cost: 1200, supplierCode: "WH-SECRET-2" },
    { title: null, price: 500, stock: 0, weight: 120, cost: 300, supplierCode: "WH-SECRET-3" },
  ]);
  const validFrom = "2020-01-01T00:00:00.000Z";
  await db.unrestricted(coupons).createMany([
    { code: "TENTH", percentOff: 10, validFrom, validUntil: "2100-01-01T00:00:00.000Z" },
    { code: "ONCE", percentOff: 50, validFrom, validUntil: "2100-01-01T00:00:00.000Z", useLimit: 1 },
    { code: "BYGONE", percentOff: 50, validFrom, validUntil: "2021-01-01T00:00:00.000Z" },
  ]);
}
