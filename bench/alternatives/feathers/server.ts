// Feathers 5 on Koa with its Knex adapter for better-sqlite3, as its generator lays an application out: services, schemas by
// TypeBox, resolvers, hooks, and authentication that loads the user of a token.
import { once } from "node:events";
import { AuthenticationService, authenticate, JWTStrategy } from "@feathersjs/authentication";
import { Conflict, Forbidden, NotFound } from "@feathersjs/errors";
import { type Application, feathers, type HookContext } from "@feathersjs/feathers";
import { KnexService } from "@feathersjs/knex";
import { bodyParser, errorHandler, koa, parseAuthentication, rest } from "@feathersjs/koa";
import { Ajv, resolve, resolveExternal, resolveResult, validateData, validateQuery, virtual } from "@feathersjs/schema";
import { getValidator, querySyntax, type Static, Type } from "@feathersjs/typebox";
import knex, { type Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { environment, startProcesses } from "../common/cluster.ts";
import { retryWhenBusy } from "../common/retry.ts";

const db = knex({
  client: "better-sqlite3",
  connection: { filename: environment.database },
  useNullAsDefault: true,
  pool: {
    afterCreate(
      connection: { pragma(text: string): unknown },
      done: (error: Error | null, connection: unknown) => void,
    ) {
      connection.pragma("journal_mode = WAL");
      connection.pragma("synchronous = FULL");
      connection.pragma("foreign_keys = ON");
      done(null, connection);
    },
  },
});

const validator = new Ajv({ coerceTypes: false });
const queryValidator = new Ajv({ coerceTypes: true });
const stamps = { createdAt: Type.String(), updatedAt: Type.String(), version: Type.Integer() };
const filmSchema = Type.Object(
  {
    id: Type.String(),
    title: Type.String({ maxLength: 200 }),
    director: Type.String(),
    category: Type.String(),
    seller: Type.String(),
    status: Type.Union([Type.Literal("draft"), Type.Literal("published")]),
    year: Type.Integer({ minimum: 1880, maximum: 2100 }),
    minutes: Type.Integer({ minimum: 1 }),
    rating: Type.Number({ minimum: 0, maximum: 10 }),
    votes: Type.Integer({ minimum: 0 }),
    price: Type.Integer({ minimum: 0 }),
    stock: Type.Integer({ minimum: 0 }),
    ...stamps,
  },
  { $id: "Film", additionalProperties: false },
);
type Film = Static<typeof filmSchema>;
const filmData = Type.Omit(filmSchema, ["id", "seller", "createdAt", "updatedAt", "version"], { $id: "FilmData" });
const filmQuery = Type.Intersect([querySyntax(filmSchema)], { $id: "FilmQuery" });
const basket = Type.Object(
  {
    lines: Type.Array(Type.Object({ film: Type.String(), quantity: Type.Integer({ minimum: 1, maximum: 100 }) }), {
      minItems: 1,
      maxItems: 10,
    }),
  },
  { $id: "Basket", additionalProperties: false },
);

interface Params {
  readonly user: { readonly id: string };
}

const userOf = (context: HookContext): string => (context.params as unknown as Params).user.id;

/** Everyone sees what is published, and their own. */
function onlyVisible(context: HookContext): void {
  context.params.query = {
    ...context.params.query,
    $or: [{ status: "published" }, { seller: userOf(context) }],
  };
}

function stamp(context: HookContext): void {
  const now = new Date().toISOString();
  context.data = { ...context.data, id: uuidv7(), seller: userOf(context), createdAt: now, updatedAt: now, version: 1 };
}

class CheckoutService {
  async create({ lines }: Static<typeof basket>, { user }: Params): Promise<Record<string, unknown>> {
    return retryWhenBusy(() => db.transaction((trx) => buy(trx, user.id, lines)));
  }
}

async function buy(trx: Knex.Transaction, user: string, lines: Static<typeof basket>["lines"]) {
  const updatedAt = new Date().toISOString();
  const stamps = { createdAt: updatedAt, updatedAt, version: 1 };
  const account = await trx("accounts").where({ user }).first();
  if (account === undefined) throw new Forbidden("You have no account to pay from.");
  const bought: { film: string; price: number; quantity: number }[] = [];
  let total = 0;
  for (const { film: id, quantity } of lines) {
    const film: Film | undefined = await trx("films")
      .where({ id })
      .where((where) => where.where({ status: "published" }).orWhere({ seller: user }))
      .first();
    if (film === undefined) throw new NotFound("There is no such film.");
    if (film.stock < quantity) throw new Conflict(`Only ${film.stock} copies are left.`);
    bought.push({ film: id, price: film.price, quantity });
    total += film.price * quantity;
  }
  if (account.balance < total) throw new Conflict("You have not enough money.");
  for (const { film, quantity } of bought)
    await trx("films").where({ id: film }).decrement("stock", quantity).increment("version", 1).update({ updatedAt });
  await trx("accounts")
    .where({ id: account.id })
    .decrement("balance", total)
    .increment({ orders: 1, version: 1 })
    .update({ updatedAt });
  const order = { id: uuidv7(), customer: user, status: "placed", total, ...stamps };
  await trx("orders").insert(order);
  await trx("orderLines").insert(bought.map((line) => ({ id: uuidv7(), order: order.id, ...line, ...stamps })));
  return order;
}

const app = koa(feathers());
app.use(errorHandler());
app.use(parseAuthentication());
app.use(bodyParser());
app.configure(rest());
app.set("authentication", {
  entity: "user",
  service: "users",
  secret: environment.secret,
  authStrategies: ["jwt"],
  jwtOptions: { algorithm: "HS256", audience: "bench", issuer: "bench" },
});

const authentication = new AuthenticationService(app as unknown as Application);
authentication.register("jwt", new JWTStrategy());
app.use("authentication", authentication);

const users = new KnexService({ Model: db, name: "users", id: "id" });
const directors = new KnexService({ Model: db, name: "directors", id: "id" });
const paginate = { default: 20, max: 200 };
app.use("users", users, { methods: ["get"] });
app.use("directors", directors, { methods: ["get"] });
app.use("films", new KnexService({ Model: db, name: "films", id: "id", paginate }), {
  methods: ["find", "get", "create"],
});
app.use("films-with-director", new KnexService({ Model: db, name: "films", id: "id", paginate }), {
  methods: ["find"],
});
app.use("checkout", new CheckoutService() as never, { methods: ["create"] });

const signedIn = { all: [authenticate("jwt")] };
// Only code asks for users and directors by themselves.
const internal = {
  before: {
    all: [
      (context: HookContext) => {
        if (context.params.provider !== undefined) throw new Forbidden();
      },
    ],
  },
};
app.service("users").hooks(internal);
app.service("directors").hooks(internal);
const checkFilmQuery = validateQuery(getValidator(filmQuery, queryValidator));
app.service("films").hooks({
  around: signedIn,
  before: {
    find: [checkFilmQuery, onlyVisible],
    get: [checkFilmQuery, onlyVisible],
    create: [validateData(getValidator(filmData, validator)), stamp],
  },
});
const withDirector = resolve<Film & { director: unknown }, HookContext>({
  director: virtual(async (film, context) => context.app.service("directors").get(film.director as string)),
});
app.service("films-with-director").hooks({
  around: { all: [authenticate("jwt"), resolveExternal(resolve({})), resolveResult(withDirector)] },
  before: { find: [checkFilmQuery, onlyVisible] },
});
app.service("checkout").hooks({
  around: signedIn,
  before: { create: [validateData(getValidator(basket, validator))] },
});

await startProcesses(async (port) => {
  const server = await app.listen(port, "127.0.0.1");
  if (!server.listening) await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
});
