import type { Backend } from "galley";
import { films } from "../../examples/shop/collections/films.ts";

/** A seed of enough films for several pages. */
export const manyFilms: Backend["seed"] = async ({ db }) => {
  const some = Array.from({ length: 600 }, (_, index) => ({
    title: `A night in ${index}`,
    price: 1000 + index,
    stock: index % 7,
    weight: 120,
    votes: index % 50,
  }));
  await db.unrestricted(films).createMany(some);
};
