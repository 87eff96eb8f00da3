import { afterAll, beforeAll, expect, test } from "vitest";
import { accessOf } from "galley/testing";
import shop from "../../examples/shop/backend.ts";
import { openScene, type Scene } from "./access-scene.ts";
import { expectDiscreet } from "./expect-discreet.ts";
import { type OpenShop, openShop } from "./open-shop.ts";
import { address, type Visitor } from "./shop-client.ts";

/** Who asks: nobody in particular, the customer whose records they are, another one, staff, the administrator. */
const callers = ["anonymous", "customer", "other", "clerk", "admin"] as const;
type Caller = (typeof callers)[number];

/** One request of a row; paths as in openapi.json, `{id}` being the record of the scene. */
interface Row {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  /** Whether it is sent with a session of its own, because it may end it. */
  readonly ownSession?: boolean;
  readonly body?: (scene: Scene, caller: Visitor) => unknown;
}

/** What creates, replaces and changes a record of each collection. Records that have an owner are the customer's. */
const records: Record<string, { whole(scene: Scene): unknown; patch: unknown; fresh?: (scene: Scene) => unknown }> = {
  films: { whole: () => ({ title: "M", price: 900, stock: 3, weight: 120 }), patch: { price: 901 } },
  reviews: {
    whole: ({ ids, owner }) => ({ film: ids.films, author: owner.id, stars: 3 }),
    patch: { stars: 4 },
    fresh: ({ ids }) => ({ film: ids.films, stars: 1 }),
  },
  carts: { whole: ({ owner }) => ({ customer: owner.id }), patch: {}, fresh: () => ({}) },
  cartLines: { whole: ({ ids }) => ({ cart: ids.carts, film: ids.films, quantity: 2 }), patch: { quantity: 3 } },
  addresses: {
    whole: ({ owner }) => ({ customer: owner.id, ...address, city: "Bonn" }),
    patch: { city: "Kiel" },
    fresh: () => address,
  },
  coupons: {
    whole: ({ code }) => ({
      code,
      percentOff: 5,
      validFrom: "2020-01-01T00:00:00Z",
      validUntil: "2099-01-01T00:00:00Z",
    }),
    patch: { percentOff: 6 },
  },
  orders: {
    whole: ({ owner }) => ({ customer: owner.id, address, items: 0, discount: 0, shipping: 0, total: 0 }),
    patch: { status: "paid" },
  },
  orderLines: {
    whole: ({ ids }) => ({ order: ids.orders, film: ids.films, title: "M", price: 0, quantity: 1 }),
    patch: { price: 0 },
  },
  users: {
    whole: ({ owner, email }) => ({ id: owner.id, email, roles: [] }),
    patch: {},
    fresh: ({ email }) => ({ email: `new-${email}` }),
  },
};

function rowsOf(collection: string): Row[] {
  const kind = records[collection];
  if (kind === undefined) throw new Error(`The matrix knows no records of ${collection}.`);
  const row = (name: string, method: string, path: string, body?: Row["body"]): Row => ({
    name: `${collection}.${name}`,
    method,
    path: `/${collection}${path}`,
    ...(body && { body }),
  });
  return [
    row("list", "GET", ""),
    row("search", "POST", "/search", () => ({ limit: 200 })),
    row("aggregate", "GET", "/aggregate"),
    row("get", "GET", "/{id}"),
    row("update", "PATCH", "/{id}", () => kind.patch),
    row("replace", "PUT", "/{id}", kind.whole),
    row("delete", "DELETE", "/{id}"),
    // After the record is gone, so that one that may occur once is free again.
    row("create", "POST", "", kind.fresh ?? kind.whole),
    row("createMany", "POST", "", () => []),
  ];
}

const action = (name: string, body: NonNullable<Row["body"]>): Row => ({
  name,
  method: "POST",
  path: `/actions/${name}`,
  body,
});

const rows: readonly (readonly Row[])[] = [
  ...Object.keys(records).map(rowsOf),
  [action("addToCart", ({ ids }) => ({ film: ids.films }))],
  [action("removeFromCart", ({ ids }) => ({ film: ids.films }))],
  [{ name: "quote", method: "GET", path: "/actions/quote", query: "?country=DE" }],
  [action("checkout", () => ({ address }))],
  [action("payOrder", ({ ids }) => ({ order: ids.orders }))],
  [action("shipOrder", ({ ids }) => ({ order: ids.orders }))],
  [action("cancelOrder", ({ ids }) => ({ order: ids.orders }))],
  [
    {
      name: "batch of a read",
      method: "POST",
      path: "/batch",
      body: ({ ids }) => [{ operation: "carts.get", input: { id: ids.carts } }],
    },
  ],
  [
    {
      name: "batch of a write",
      method: "POST",
      path: "/batch",
      body: ({ ids }) => [
        { operation: "addToCart", input: { film: ids.films } },
        { operation: "films.update", input: { id: ids.films, price: 1 } },
      ],
    },
  ],
  [
    { name: "auth.signUp", method: "POST", path: "/auth/sign-up", body: ({ newcomer }) => newcomer },
    { name: "auth.signIn", method: "POST", path: "/auth/sign-in", body: ({ newcomer }) => newcomer },
  ],
  [{ name: "auth.session", method: "GET", path: "/auth/session" }],
  [
    {
      name: "auth.changePassword",
      method: "POST",
      path: "/auth/change-password",
      body: (_scene, { password }) => ({ currentPassword: password, newPassword: password || "long enough" }),
    },
  ],
  [{ name: "auth.signOut", method: "POST", path: "/auth/sign-out", ownSession: true, body: () => ({}) }],
];

/** Roles and owners decide the status; 401 is "sign in", 403 "not you", 404 "nothing you may see". */
const expected = `
operation                anonymous  customer  other  clerk  admin
films.list                     200       200    200    200    200
films.search                   200       200    200    200    200
films.aggregate                200       200    200    200    200
films.get                      200       200    200    200    200
films.update                   401       403    403    403    200
films.replace                  401       403    403    403    200
films.delete                   401       403    403    403    204
films.create                   401       403    403    403    201
films.createMany               401       403    403    403    201
reviews.list                   200       200    200    200    200
reviews.search                 200       200    200    200    200
reviews.aggregate              200       200    200    200    200
reviews.get                    200       200    200    200    200
reviews.update                 401       200    403    403    200
reviews.replace                401       200    403    403    200
reviews.delete                 401       204    403    403    204
reviews.create                 401       201    201    201    201
reviews.createMany             401       201    201    201    201
carts.list                     401       200    200    200    200
carts.search                   401       200    200    200    200
carts.aggregate                401       200    200    200    200
carts.get                      401       200    404    404    200
carts.update                   401       200    404    404    200
carts.replace                  401       200    404    404    200
carts.delete                   401       204    404    404    204
carts.create                   401       201    201    201    201
carts.createMany               401       201    201    201    201
cartLines.list                 401       200    200    200    200
cartLines.search               401       200    200    200    200
cartLines.aggregate            401       200    200    200    200
cartLines.get                  401       200    404    404    200
cartLines.update               401       200    404    404    200
cartLines.replace              401       200    404    404    200
cartLines.delete               401       204    404    404    204
cartLines.create               401       201    409    409    201
cartLines.createMany           401       201    201    201    201
addresses.list                 401       200    200    200    200
addresses.search               401       200    200    200    200
addresses.aggregate            401       200    200    200    200
addresses.get                  401       200    404    404    200
addresses.update               401       200    404    404    200
addresses.replace              401       200    404    404    200
addresses.delete               401       204    404    404    204
addresses.create               401       201    201    201    201
addresses.createMany           401       201    201    201    201
coupons.list                   401       403    403    403    200
coupons.search                 401       403    403    403    200
coupons.aggregate              401       403    403    403    200
coupons.get                    401       403    403    403    200
coupons.update                 401       403    403    403    200
coupons.replace                401       403    403    403    200
coupons.delete                 401       403    403    403    204
coupons.create                 401       403    403    403    201
coupons.createMany             401       403    403    403    201
orders.list                    401       200    200    200    200
orders.search                  401       200    200    200    200
orders.aggregate               401       200    200    200    200
orders.get                     401       200    404    200    200
orders.update                  401       403    403    403    403
orders.replace                 401       403    403    403    403
orders.delete                  401       403    403    403    403
orders.create                  401       403    403    403    403
orders.createMany              401       403    403    403    403
orderLines.list                401       200    200    200    200
orderLines.search              401       200    200    200    200
orderLines.aggregate           401       200    200    200    200
orderLines.get                 401       200    404    200    200
orderLines.update              401       403    403    403    403
orderLines.replace             401       403    403    403    403
orderLines.delete              401       403    403    403    403
orderLines.create              401       403    403    403    403
orderLines.createMany          401       403    403    403    403
users.list                     401       200    200    200    200
users.search                   401       200    200    200    200
users.aggregate                401       200    200    200    200
users.get                      401       200    404    404    200
users.update                   401       200    404    404    200
users.replace                  401       200    404    404    200
users.delete                   401       403    403    403    204
users.create                   401       403    403    403    201
users.createMany               401       403    403    403    201
addToCart                      401       200    200    200    200
removeFromCart                 401       204    204    204    204
quote                          401       200    409    409    409
checkout                       401       200    409    409    409
payOrder                       401       403    403    200    200
shipOrder                      401       403    403    200    200
cancelOrder                    401       200    404    200    200
batch of a read                401       200    404    404    200
batch of a write               401       403    403    403    200
auth.signUp                    201       201    201    201    201
auth.signIn                    200       200    200    200    200
auth.session                   401       200    200    200    200
auth.changePassword            401       204    204    204    204
auth.signOut                   401       204    204    204    204
`;

let open: OpenShop;
let people: Record<Exclude<Caller, "customer">, Visitor>;
beforeAll(async () => {
  open = await openShop();
  const [other, clerk] = [await open.customer("other"), await open.clerk("clerk")];
  people = { anonymous: open.anonymous, admin: open.admin, other, clerk };
});
afterAll(() => open.close());

test("everyone gets what the rules say, and not a word more", { timeout: 120_000 }, async () => {
  const table = new Map(rows.flat().map(({ name }) => [name, new Map<Caller, number>()]));
  for (const caller of callers) {
    for (const group of rows) {
      const collection = group[0]?.name.split(".")[0] ?? "";
      const scene = await openScene(open, collection);
      const visitor = caller === "customer" ? scene.owner : people[caller];
      for (const row of group) {
        const path = row.path.replace("{id}", scene.ids[collection] ?? "") + (row.query ?? "");
        const answer = await (row.ownSession ? await visitor.again() : visitor).send(
          row.method,
          path,
          row.body?.(scene, visitor),
        );
        table.get(row.name)?.set(caller, answer.status);
        expectDiscreet(answer, `${caller} ${row.name}`, scene, caller);
      }
      await emptyCarts();
    }
  }
  const printed = print(table);
  console.log(printed);
  expect(printed.trim()).toBe(expected.trim());
  expect(contradictions(table)).toEqual([]);
});

test("the matrix leaves out no operation", async () => {
  const { paths } = await open.anonymous.get<{ paths: Record<string, Record<string, unknown>> }>("/openapi.json");
  const methods = new Set(["get", "post", "put", "patch", "delete"]);
  const routes = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => methods.has(method))
      .map((method) => `${method.toUpperCase()} ${path.replace(/^\/api/, "").replaceAll(/\{\w+\}/g, "{id}")}`),
  );
  const asked = new Set(rows.flat().map(({ method, path }) => `${method} ${path}`));
  const elsewhere = /^\w+ \/(openapi\.json$|docs|healthz|readyz|metrics)/;
  expect(routes.filter((route) => !asked.has(route) && !elsewhere.test(route))).toEqual([]);
  expect([...asked].filter((route) => !routes.includes(route))).toEqual([]);
});

/** What was answered and goes against what the rules say to exemplary callers. */
function contradictions(table: ReadonlyMap<string, ReadonlyMap<Caller, number>>): string[] {
  const said = new Map(accessOf(shop).rows.map(({ what, access }) => [what, access]));
  const found: string[] = [];
  for (const [name, answers] of table) {
    const access = said.get(name.replace(".search", ".list"));
    if (access === undefined && !name.startsWith("batch of")) found.push(`${name} is not in the matrix`);
    for (const [caller, status] of access === undefined ? [] : answers) {
      const verdict = access?.[caller === "customer" || caller === "other" ? "signed in" : caller];
      const refused = status === 401 || status === 403;
      if ((verdict === "no" && !refused) || (verdict === "yes" && refused))
        found.push(`${caller} ${name}: ${verdict}, ${status}`);
    }
  }
  return found;
}

/** The people of all scenes start each with an empty cart. */
async function emptyCarts(): Promise<void> {
  for (const visitor of [people.other, people.clerk, people.admin]) {
    const { data } = await visitor.get<{ data: { id: string; customer: string }[] }>(`/carts?customer=${visitor.id}`);
    for (const cart of data) await visitor.send("DELETE", `/carts/${cart.id}`);
  }
}

function print(table: ReadonlyMap<string, ReadonlyMap<Caller, number>>): string {
  const width = Math.max(...[...table.keys()].map((name) => name.length)) + 2;
  const line = (first: string, cells: readonly string[]) =>
    first.padEnd(width) + callers.map((caller, index) => (cells[index] ?? "").padStart(caller.length + 2)).join("");
  return [
    line("operation", [...callers]),
    ...[...table].map(([name, answers]) =>
      line(
        name,
        callers.map((caller) => String(answers.get(caller) ?? "-")),
      ),
    ),
  ].join("\n");
}
