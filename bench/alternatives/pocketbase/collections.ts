// The schema in the words of PocketBase's import.
const signedIn = '@request.auth.id != ""';
const users = "_pb_users_auth_";

interface Field {
  readonly name: string;
  readonly type: string;
  readonly [option: string]: unknown;
}

const text = (name: string, max = 200): Field => ({ name, type: "text", required: true, max });
const number = (name: string, min: number, max?: number): Field => ({
  name,
  type: "number",
  min,
  ...(max === undefined ? {} : { max }),
});
const relation = (name: string, collectionId: string): Field => ({
  name,
  type: "relation",
  required: true,
  maxSelect: 1,
  collectionId,
});
const select = (name: string, ...values: readonly string[]): Field => ({ name, type: "select", maxSelect: 1, values });

const stamps: readonly Field[] = [
  { name: "createdAt", type: "autodate", onCreate: true, onUpdate: false },
  { name: "updatedAt", type: "autodate", onCreate: true, onUpdate: true },
  number("version", 0),
];

function collection(
  name: string,
  rules: { readonly read: string | null; readonly create?: string | null },
  fields: readonly Field[],
  indexes: readonly string[] = [],
) {
  return {
    id: `bench_${name.toLowerCase()}`,
    name,
    type: "base",
    listRule: rules.read,
    viewRule: rules.read,
    createRule: rules.create ?? null,
    updateRule: null,
    deleteRule: null,
    fields: [...fields, ...stamps],
    indexes: indexes.map((columns, index) => `CREATE INDEX ${name}_${index} ON ${name} (${columns})`),
  };
}

export const collections = [
  collection("categories", { read: signedIn }, [text("name")]),
  collection("directors", { read: signedIn }, [text("name"), text("country", 2), number("born", 0)]),
  collection(
    "films",
    {
      read: `${signedIn} && (status = "published" || seller = @request.auth.id)`,
      create: `${signedIn} && seller = @request.auth.id`,
    },
    [
      text("title"),
      relation("director", "bench_directors"),
      relation("category", "bench_categories"),
      relation("seller", users),
      select("status", "draft", "published"),
      number("year", 1880, 2100),
      number("minutes", 1),
      number("rating", 0, 10),
      number("votes", 0),
      number("price", 0),
      number("stock", 0),
    ],
    ["category, votes DESC, id DESC", "category, id", "director, id", "seller, id"],
  ),
  collection(
    "accounts",
    { read: `${signedIn} && user = @request.auth.id` },
    [relation("user", users), number("balance", 0), number("orders", 0)],
    ["user"],
  ),
  collection(
    "orders",
    { read: `${signedIn} && customer = @request.auth.id` },
    [relation("customer", users), select("status", "placed", "shipped"), number("total", 0)],
    ["customer, id"],
  ),
  collection(
    "orderLines",
    { read: null },
    [relation("order", "bench_orders"), relation("film", "bench_films"), number("price", 0), number("quantity", 1)],
    ["`order`, id", "film, id"],
  ),
];
