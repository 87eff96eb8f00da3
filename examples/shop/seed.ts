import { readFile } from "node:fs/promises";
import type { Database } from "galley";
import { coupons } from "./collections/coupons.ts";
import { films } from "./collections/films.ts";
import { filmFromRow, type MovieRow } from "./services/film-from-row.ts";

/** How many records are written at once. */
const chunk = 1000;

/** Fills an empty shop: every film of the data set, and three coupons. */
export async function seed(db: Database): Promise<void> {
  const catalogue = (await movieRows()).map(filmFromRow);
  for (let start = 0; start < catalogue.length; start += chunk) {
    await db.unrestricted(films).createMany(catalogue.slice(start, start + chunk));
  }
  const validFrom = "2020-01-01T00:00:00.000Z";
  const validUntil = "2100-01-01T00:00:00.000Z";
  await db.unrestricted(coupons).createMany([
    { code: "POPCORN", percentOff: 10, validFrom, validUntil },
    { code: "PREMIERE", percentOff: 25, validFrom, validUntil, useLimit: 3 },
    { code: "MATINEE", percentOff: 50, validFrom, validUntil: "2021-01-01T00:00:00.000Z" },
  ]);
}

/** The rows of the data set, as they are. */
export async function movieRows(): Promise<readonly MovieRow[]> {
  // The package exports its code only; the data lies beside it.
  const file = new URL("../data/movies.json", import.meta.resolve("vega-datasets"));
  return JSON.parse(await readFile(file, "utf8")) as readonly MovieRow[];
}
