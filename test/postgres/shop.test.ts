import { describe } from "vitest";

// The scenarios of the shop know no database: these are the very same, each on a fresh one.
process.env["TEST_SHOP_ON"] = "postgres";

describe("the shop on PostgreSQL", () => {
  describe("the journey of a customer", async () => void (await import("../shop/journey.test.ts")));
  describe("the last copies", async () => void (await import("../shop/last-copies.test.ts")));
  describe("a checkout sent many times", async () => void (await import("../shop/idempotent-checkout.test.ts")));
  describe("refusals", async () => void (await import("../shop/refusals.test.ts")));
  describe("the catalogue", async () => void (await import("../shop/catalogue.test.ts")));
  describe("access", async () => void (await import("../shop/access-matrix.test.ts")));
  describe("ways around access", async () => void (await import("../shop/access-probes.test.ts")));
});
