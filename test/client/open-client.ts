import { onTestFinished } from "vitest";
import { type Client, createClient } from "../../src/client/index.ts";
import { createTestApp } from "../../src/testing/index.ts";
import definition, { directors, films, reviews } from "./backend.ts";

/** A client of the backend of these tests. */
export type FilmClient = Client<typeof definition>;

/** A request as it arrived. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
}

/** Where the backend is, for those who have no port. */
export const origin = "http://films.test";

/**
 * An application with two directors, five films and a review, until the test ends: clients of an administrator, of the author of
 * the review and of nobody, and what they have asked.
 */
export async function openClient() {
  const app = await createTestApp(definition);
  onTestFinished(() => app.close());
  const [admin, ada] = [await app.user({ role: "admin" }), await app.user({ name: "Ada" })];
  await app.create(directors, [
    { id: "lang", name: "Fritz Lang" },
    { id: "wilder", name: "Billy Wilder" },
  ]);
  const [m] = await app.create(films, [
    { title: "M", director: "lang", genre: "Drama", price: 900, stock: 3, cost: 400 },
    { title: "Metropolis", director: "lang", price: 1200, stock: 1, meta: { colour: "tinted", parts: { reels: 12 } } },
    { title: "Some Like It Hot", director: "wilder", genre: "Comedy", price: 700, stock: 8, tags: ["loud"] },
    { title: "The Apartment", director: "wilder", genre: "Comedy", price: 800, size: { minutes: 125, reels: null } },
    { title: "Ace in the Hole", director: "wilder", genre: "Drama", price: 600, stock: 2 },
  ]);
  await app.create(reviews, { film: m.id, author: ada.id, stars: 5 });

  const asked: Asked[] = [];
  const clientOf = (who: { readonly id: string } | null): FilmClient =>
    createClient<typeof definition>(origin, {
      fetch(request) {
        asked.push({ method: request.method, url: new URL(request.url), headers: request.headers });
        return app.as(who).fetch(request);
      },
    });
  return { app, asked, m, ada, admin: clientOf(admin), customer: clientOf(ada), nobody: clientOf(null) };
}
