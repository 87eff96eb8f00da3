import { boolean, choice, collection, computed, date, everyone, integer, number, role, text } from "galley";
import { usd } from "./usd.ts";

/** The catalogue. What the data set doesn't know of a film is null, its title included. */
export const films = collection("films", {
  fields: {
    title: text({ max: 200 }).optional().search(),
    director: text({ max: 100 }).optional().search(),
    genre: choice([
      "Action",
      "Adventure",
      "Black Comedy",
      "Comedy",
      "Concert/Performance",
      "Documentary",
      "Drama",
      "Horror",
      "Musical",
      "Romantic Comedy",
      "Thriller/Suspense",
      "Western",
    ]).optional(),
    creativeType: text({ max: 50 }).optional(),
    source: text({ max: 50 }).optional(),
    distributor: text({ max: 100 }).optional(),
    certificate: choice(["G", "PG", "PG-13", "R", "NC-17", "Not Rated", "Open"]).optional(),
    released: date().optional(),
    minutes: integer({ min: 1 }).optional(),
    rating: number({ min: 0, max: 10 }).optional(),
    votes: integer({ min: 0 }).optional(),
    criticsScore: integer({ min: 0, max: 100 }).optional(),
    grossUs: usd.optional(),
    grossWorldwide: usd.optional(),
    dvdSalesUs: usd.optional(),
    budget: usd.optional(),

    price: usd,
    stock: integer({ min: 0 }),
    /** Grams, packed. */
    weight: integer({ min: 1 }),
    inStock: computed(boolean(), (film: { stock: number }) => film.stock > 0),

    /** What the shop pays for a copy. */
    cost: usd.optional().readable(role("admin")),
    /** The code that the wholesaler knows the film by: for code only, no answer shows it. */
    supplierCode: text({ max: 40 }).optional().hidden(),
  },
  access: { read: everyone, write: role("admin") },
  // One for each order that the shop window offers.
  indexes: [["-votes"], ["genre", "-votes"], ["genre", "price"], ["price"], ["-released"], ["-rating"], ["title"]],
});
