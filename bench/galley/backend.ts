import {
  action,
  backend,
  choice,
  collection,
  integer,
  list,
  money,
  number,
  object,
  owner,
  record,
  ref,
  signedIn,
  text,
  users,
} from "galley";

const usd = money({ currency: "USD", min: 0 });
const me = ({ user }: { readonly user: { readonly id: string } | null }): string => user?.id ?? "";

const people = users({ fields: { name: text({ max: 100 }).default("Nobody") } });

const categories = collection("categories", {
  fields: { name: text({ max: 100 }) },
  access: { read: signedIn },
});

const directors = collection("directors", {
  fields: { name: text({ max: 100 }), country: text({ max: 2 }), born: integer() },
  access: { read: signedIn },
});

/** What is published is seen by whoever is signed in, the rest by who sells it. */
const films = collection("films", {
  fields: {
    title: text({ max: 200 }),
    director: ref("directors"),
    category: ref("categories"),
    seller: ref("users").default(me),
    status: choice(["draft", "published"]).default("published"),
    year: integer({ min: 1880, max: 2100 }),
    minutes: integer({ min: 1 }),
    rating: number({ min: 0, max: 10 }),
    votes: integer({ min: 0 }).default(0),
    price: usd,
    stock: integer({ min: 0 }),
  },
  access: {
    read: ({ user }) => user !== null && { or: [{ status: "published" }, { seller: user.id }] },
    write: owner("seller"),
  },
  indexes: [["category", "-votes"]],
});

const accounts = collection("accounts", {
  fields: { user: ref("users").unique(), balance: usd, orders: integer({ min: 0 }) },
  access: { read: owner("user") },
});

const orders = collection("orders", {
  fields: { customer: ref("users"), status: choice(["placed", "shipped"]).default("placed"), total: usd },
  access: { read: owner("customer") },
});

const orderLines = collection("orderLines", {
  fields: { order: ref("orders"), film: ref("films"), price: usd, quantity: integer({ min: 1 }) },
  access: { read: owner("order.customer") },
});

/** Three films in a basket make twelve statements: four reads, four updates, four new rows. */
const checkout = action("checkout", {
  summary: "Buys films from the caller's account.",
  input: {
    lines: list(object({ film: ref("films"), quantity: integer({ min: 1, max: 100 }) }), { min: 1, max: 10 }),
  },
  output: record(orders),
  access: signedIn,
  errors: { no_account: 409, out_of_stock: 409, not_enough_money: 409 },
  async run({ input, user, db, fail }) {
    const account = await db(accounts).find({ where: { user: user.id } });
    if (account === null) throw fail("no_account", "You have no account to pay from.");
    const wanted = await Promise.all(input.lines.map(({ film }) => db(films).get(film)));
    const bought = input.lines.map(({ film, quantity }, index) => {
      const { price = 0, stock = 0 } = wanted[index] ?? {};
      if (stock < quantity) throw fail("out_of_stock", `Only ${stock} copies are left.`);
      return { film, price, quantity };
    });
    const total = bought.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
    if (account.balance < total) throw fail("not_enough_money", `You have ${account.balance} and need ${total}.`);
    for (const { film, quantity } of bought)
      await db.unrestricted(films).update(film, { stock: { increment: -quantity } });
    await db.unrestricted(accounts).update(account.id, { balance: { increment: -total }, orders: { increment: 1 } });
    const order = await db.unrestricted(orders).create({ customer: user.id, total });
    await db.unrestricted(orderLines).createMany(bought.map((line) => ({ order: order.id, ...line })));
    return order;
  },
});

/** The shop that is measured: limits are on, and wide enough for one machine to ask all it can. */
export default backend({
  name: "Bench",
  collections: [people, categories, directors, films, accounts, orders, orderLines],
  actions: [checkout],
  limits: { requests: { limit: 1_000_000_000, window: 1 } },
});
