// Payload 3 with SQLite, as its templates lay a project out, without the admin panel.
import { sqliteAdapter } from "@payloadcms/db-sqlite";
import { type Access, APIError, buildConfig, type CollectionConfig, type PayloadRequest, type Where } from "payload";

const signedIn: Access = ({ req: { user } }) => user !== null;

const users: CollectionConfig = {
  slug: "users",
  auth: true,
  access: { read: ({ req: { user } }) => user !== null && { id: { equals: user.id } } },
  fields: [{ name: "name", type: "text", required: true }],
};

const categories: CollectionConfig = {
  slug: "categories",
  access: { read: signedIn },
  fields: [{ name: "name", type: "text", required: true }],
};

const directors: CollectionConfig = {
  slug: "directors",
  access: { read: signedIn },
  fields: [
    { name: "name", type: "text", required: true },
    { name: "country", type: "text", required: true },
    { name: "born", type: "number", required: true },
    { name: "version", type: "number", defaultValue: 1 },
  ],
};

const films: CollectionConfig = {
  slug: "films",
  access: {
    read: ({ req: { user } }) => {
      const seen: Where[] = [{ status: { equals: "published" } }, { seller: { equals: user?.id } }];
      return user !== null && { or: seen };
    },
    create: signedIn,
    update: ({ req: { user } }) => user !== null && { seller: { equals: user.id } },
  },
  indexes: [{ fields: ["category", "votes"] }],
  fields: [
    { name: "title", type: "text", required: true, maxLength: 200 },
    { name: "director", type: "relationship", relationTo: "directors", required: true },
    // What isn't asked for isn't loaded.
    { name: "category", type: "relationship", relationTo: "categories", required: true, maxDepth: 0 },
    {
      name: "seller",
      type: "relationship",
      relationTo: "users",
      required: true,
      maxDepth: 0,
      defaultValue: ({ user }: { user: { id: string } | null }) => user?.id,
    },
    { name: "status", type: "select", options: ["draft", "published"], defaultValue: "published", required: true },
    { name: "year", type: "number", required: true, min: 1880, max: 2100 },
    { name: "minutes", type: "number", required: true, min: 1 },
    { name: "rating", type: "number", required: true, min: 0, max: 10 },
    { name: "votes", type: "number", required: true, min: 0, defaultValue: 0 },
    { name: "price", type: "number", required: true, min: 0 },
    { name: "stock", type: "number", required: true, min: 0 },
    { name: "version", type: "number", defaultValue: 1 },
  ],
};

const own: Access = ({ req: { user } }) => user !== null && { customer: { equals: user.id } };

const accounts: CollectionConfig = {
  slug: "accounts",
  access: { read: own },
  fields: [
    { name: "customer", type: "relationship", relationTo: "users", required: true, unique: true },
    { name: "balance", type: "number", required: true },
    { name: "orders", type: "number", required: true },
  ],
};

const orders: CollectionConfig = {
  slug: "orders",
  access: { read: own },
  fields: [
    { name: "customer", type: "relationship", relationTo: "users", required: true },
    { name: "status", type: "select", options: ["placed", "shipped"], defaultValue: "placed" },
    { name: "total", type: "number", required: true },
    { name: "version", type: "number", defaultValue: 1 },
  ],
};

const orderLines: CollectionConfig = {
  slug: "order-lines",
  access: { read: () => false },
  fields: [
    { name: "order", type: "relationship", relationTo: "orders", required: true },
    { name: "film", type: "relationship", relationTo: "films", required: true },
    { name: "price", type: "number", required: true },
    { name: "quantity", type: "number", required: true },
  ],
};

interface Line {
  readonly film: string;
  readonly quantity: number;
}

/** One transaction, whose parts are told apart by the request. */
async function buy(req: PayloadRequest, user: string, lines: readonly Line[]) {
  const { payload } = req;
  const {
    docs: [account],
  } = await payload.find({ collection: "accounts", where: { customer: { equals: user } }, depth: 0, limit: 1, req });
  if (account === undefined) throw new APIError("You have no account to pay from.", 409);
  const bought: { film: string; price: number; quantity: number; stock: number }[] = [];
  let total = 0;
  for (const { film: id, quantity } of lines) {
    const film = await payload.findByID({
      collection: "films",
      id,
      depth: 0,
      overrideAccess: false,
      user: req.user,
      req,
    });
    if (film["stock"] < quantity) throw new APIError(`Only ${film["stock"]} copies are left.`, 409);
    bought.push({ film: id, price: film["price"], quantity, stock: film["stock"] });
    total += film["price"] * quantity;
  }
  if (account["balance"] < total) throw new APIError("You have not enough money.", 409);
  for (const { film, quantity, stock } of bought)
    await payload.update({ collection: "films", id: film, data: { stock: stock - quantity }, depth: 0, req });
  await payload.update({
    collection: "accounts",
    id: account.id,
    data: { balance: account["balance"] - total, orders: account["orders"] + 1 },
    depth: 0,
    req,
  });
  const order = await payload.create({ collection: "orders", data: { customer: user, total }, depth: 0, req });
  for (const { film, price, quantity } of bought)
    await payload.create({
      collection: "order-lines",
      data: { order: order.id, film, price, quantity },
      depth: 0,
      req,
    });
  return order;
}

/** The last who buys: with one file there is one who writes, and Payload doesn't wait for a turn by itself. */
let last: Promise<unknown> = Promise.resolve();

export default buildConfig({
  secret: process.env["JWT_SECRET"] ?? "",
  telemetry: false,
  collections: [users, categories, directors, films, accounts, orders, orderLines],
  endpoints: [
    {
      path: "/checkout",
      method: "post",
      async handler(req) {
        const { user } = req;
        if (user === null) throw new APIError("Sign in first.", 401);
        const { lines } = (await req.json?.()) as { lines: Line[] };
        const done = last.then(async () => {
          const transaction = await req.payload.db.beginTransaction();
          if (transaction === null) throw new Error("Transactions are off.");
          req.transactionID = transaction;
          try {
            const order = await buy(req, String(user.id), lines);
            await req.payload.db.commitTransaction(transaction);
            return Response.json(order);
          } catch (error) {
            await req.payload.db.rollbackTransaction(transaction);
            throw error;
          }
        });
        last = done.catch(() => {});
        return done;
      },
    },
  ],
  db: sqliteAdapter({
    client: { url: `file:${process.env["DATABASE"] ?? "payload.db"}` },
    idType: "uuid",
    busyTimeout: 5000,
    wal: { synchronous: "FULL" },
    transactionOptions: {},
    push: process.env["PUSH"] === "yes",
  }),
});
