// A program of somebody who knows nothing of the shop but its openapi.json: the types are generated from it, and the calls
// are checked against them. It has never seen a line of the shop's source.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/shop.ts";

type Film = components["schemas"]["Film"];

const [, , baseUrl = "", email = ""] = process.argv;
// The document says of its lists that they are spelled with commas.
const shop = createClient<paths>({ baseUrl, querySerializer: { array: { style: "form", explode: false } } });

/** The data of an answer, or an error with what the problem says. */
function expectData<T>({
  data,
  error,
}: {
  readonly data?: T;
  readonly error?: { readonly code: string; readonly detail: string };
}): T {
  if (data === undefined) throw new Error(`${error?.code ?? "no answer"}: ${error?.detail ?? ""}`);
  return data;
}

const password = "a stranger's password";
const { token, user } = expectData(await shop.POST("/api/auth/sign-up", { body: { email, password } }));
shop.use({
  onRequest({ request }) {
    request.headers.set("authorization", `Bearer ${token}`);
    return request;
  },
});

const page = expectData(
  await shop.GET("/api/films", {
    params: {
      query: {
        "stock[gt]": 1,
        "genre[in]": ["Drama", "Comedy"],
        where: JSON.stringify({ votes: { gte: 1000 } }),
        sort: ["-rating", "title"],
        limit: 5,
        total: true,
      },
    },
  }),
);
const [film] = page.data;
if (film === undefined) throw new Error("The shop has no films.");
const title: Film["title"] = film.title;

expectData(await shop.POST("/api/actions/addToCart", { body: { film: film.id, quantity: 2 } }));
const address = { name: "S. Tranger", street: "1 Road", city: "Berlin", postcode: "10115", country: "DE" };
const quote = expectData(await shop.GET("/api/actions/quote", { params: { query: { country: address.country } } }));
const bought = await shop.POST("/api/actions/checkout", {
  params: { header: { "Idempotency-Key": crypto.randomUUID() } },
  body: { address },
});
const order = expectData(bought);

const stored = expectData(
  await shop.GET("/api/orders/{id}", {
    params: { path: { id: order.id }, query: { include: ["customer", "lines.film"] } },
  }),
);
// What is included may be the record itself: the types make one look.
const customer = typeof stored.customer === "string" ? undefined : stored.customer;

const empty = await shop.POST("/api/actions/checkout", { body: { address } });
const refusal = empty.error !== undefined && empty.response.status === 409 ? empty.error.code : undefined;
const missing = await shop.GET("/api/orders/{id}", { params: { path: { id: user.id } } });

console.log(
  JSON.stringify({
    films: page.data.length,
    total: page.total,
    genres: [...new Set(page.data.map(({ genre }) => genre))],
    title,
    quoted: quote.total,
    paid: order.total,
    status: stored.status,
    customer: customer?.email,
    lines: stored.lines?.map(({ title: line, quantity }) => ({ title: line, quantity })),
    refusal,
    missing: missing.error?.code,
  }),
);
