import { afterAll, beforeAll, expect, test } from "vitest";
import shop from "../../examples/shop/backend.ts";
import type { films } from "../../examples/shop/collections/films.ts";
import { movieRows } from "../../examples/shop/seed.ts";
import { type OpenShop, openShop } from "./open-shop.ts";
import type { Film, PageOf } from "./shop-client.ts";

let open: OpenShop;
beforeAll(async () => {
  open = await openShop(shop.seed);
});
afterAll(() => open.close());

async function find(query: string): Promise<readonly Film[]> {
  return (await open.anonymous.get<PageOf<typeof films>>(`/films?limit=200&${query}`)).data;
}

test("every row of the data set is one film", async () => {
  const rows = await movieRows();
  const titles: string[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: PageOf<typeof films> = await open.anonymous.get(
      `/films?limit=200&select=title&sort=id&total=true${after && `&after=${after}`}`,
    );
    expect(page.total).toBe(3201);
    titles.push(...page.data.map(({ title }) => String(title)));
    after = page.next;
  }
  expect(titles.toSorted()).toEqual(rows.map(({ Title }) => String(Title)).toSorted());
});

test("titles that are numbers are text, and the one that is missing is null", async () => {
  for (const title of ["1776", "1941", "1408", "2012", "2046", "21", "300", "9", "54"]) {
    expect(await find(`title=${title}`), title).toMatchObject([{ title }]);
  }
  expect(await find("title[isNull]=true")).toMatchObject([{ title: null, released: "2006-11-03", rating: 6.6 }]);
});

test("films of the silent era are not from the future", async () => {
  expect(await find("released[gt]=2011-12-31")).toEqual([]);
  const released = async (title: string) =>
    (await find(`title=${encodeURIComponent(title)}`)).map((film) => String(film.released));
  expect(await released("The Birth of a Nation")).toEqual(["1915-02-08"]);
  expect(await released("Gone with the Wind")).toEqual(["1939-12-15"]);
  expect(await released("Duel in the Sun")).toEqual(["1946-12-31"]);
  expect((await released("Ben-Hur")).toSorted()).toEqual(["1925-12-30", "1959-11-18"]);
});

test("missing values are null, and odd letters are kept as they are", async () => {
  expect(await find("title=The%20Land%20Girls")).toMatchObject([
    {
      genre: null,
      director: null,
      minutes: null,
      certificate: "R",
      grossUs: 14608300,
      dvdSalesUs: null,
      budget: 800000000,
    },
  ]);
  expect(await find(`title=${encodeURIComponent("The Naked Gun 2Ω: The Smell of Fear")}`)).toHaveLength(1);
});

test("the window shows the best of a genre first, and films that nobody voted on last", async () => {
  const westerns = await find("genre=Western&sort=-votes");
  const votes = westerns.map((film) => film.votes ?? -1);
  expect(votes).toEqual(votes.toSorted((a, b) => b - a));
  expect(votes.at(-1)).toBe(-1);
});

test("a shop is filled alike each time", async () => {
  expect(await find("title=The%20Land%20Girls")).toMatchObject([{ price: 999, stock: 0, weight: 120, inStock: false }]);
  expect(await find("title=Inception")).toMatchObject([{ price: 2199, weight: 120 }]);
});
