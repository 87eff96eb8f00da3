/** A time as JavaScript has it. */
const time = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const stamps = (of: string): string =>
  `'createdAt', ${time(`${of}."createdAt"`)}, 'updatedAt', ${time(`${of}."updatedAt"`)}, 'version', ${of}.version`;
const directorJson = `json_build_object('id', d.id, 'name', d.name, 'country', d.country, 'born', d.born, ${stamps("d")})`;
/** PostgreSQL makes the JSON: for the two together that is less work than rows of which the driver makes objects. */
const filmJson = (director: string): string =>
  `json_build_object('id', f.id, 'title', f.title, 'director', ${director}, 'category', f.category, 'seller', f.seller, 'status', f.status, 'year', f.year, 'minutes', f.minutes, 'rating', f.rating, 'votes', f.votes, 'price', f.price, 'stock', f.stock, ${stamps("f")})::text AS json`;

/** Whose session it is; a statement begins with it, so that no request asks twice. */
const me = `SELECT s."user" FROM sessions s WHERE s."tokenHash" = $1 AND s."expiresAt" > now()`;
const visible = `(f.status = 'published' OR f.seller = me."user")`;

/** One row without anything says that there is nothing to see, and none that nobody has signed in. */
const seen = (films: string): string => `SELECT found.json FROM (${me}) me LEFT JOIN LATERAL (${films}) found ON true`;

/** A page of one category by votes. */
function page(director: string, joined: string, after: string): string {
  return seen(
    `SELECT ${filmJson(director)} FROM films f ${joined} WHERE f.category = $2 AND ${visible} ${after} ORDER BY f.votes DESC, f.id DESC LIMIT $3`,
  );
}

const afterSql = "AND (f.votes, f.id) < ($4, $5)";
const joinSql = "JOIN directors d ON d.id = f.director";

/** The statements of a request that is one statement, each prepared under its name. */
export const statements = {
  film: { name: "film", text: seen(`SELECT ${filmJson("f.director")} FROM films f WHERE f.id = $2 AND ${visible}`) },
  page: { name: "page", text: page("f.director", "", "") },
  pageAfter: { name: "pageAfter", text: page("f.director", "", afterSql) },
  including: { name: "including", text: page(directorJson, joinSql, "") },
  includingAfter: { name: "includingAfter", text: page(directorJson, joinSql, afterSql) },
  create: {
    name: "create",
    text: `INSERT INTO films (id, title, director, category, seller, status, year, minutes, rating, votes, price, stock, "createdAt", "updatedAt", version)
      SELECT $2, $3, $4, $5, me."user", $6, $7, $8, $9, $10, $11, $12, $13, $13, 1 FROM (${me}) me RETURNING seller`,
  },
} as const;

/** Those of a checkout: what concerns several films is asked at once. */
export const checkoutStatements = {
  account: {
    name: "account",
    text: `SELECT me."user", a.id, a.balance FROM (${me}) me LEFT JOIN accounts a ON a."user" = me."user"`,
  },
  films: {
    name: "films",
    text: `SELECT id, price, stock FROM films WHERE id = ANY($1) AND (status = 'published' OR seller = $2)`,
  },
  takeStock: {
    name: "takeStock",
    text: `UPDATE films SET stock = stock - bought.quantity, "updatedAt" = $3, version = version + 1
      FROM unnest($1::uuid[], $2::integer[]) AS bought (film, quantity) WHERE id = bought.film`,
  },
  pay: {
    name: "pay",
    text: `UPDATE accounts SET balance = balance - $2, orders = orders + 1, "updatedAt" = $3, version = version + 1 WHERE id = $1`,
  },
  order: { name: "order", text: `INSERT INTO orders VALUES ($1, $2, 'placed', $3, $4, $4, 1)` },
  lines: {
    name: "lines",
    text: `INSERT INTO "orderLines" SELECT id, $2, film, price, quantity, $6, $6, 1
      FROM unnest($1::uuid[], $3::uuid[], $4::integer[], $5::integer[]) AS line (id, film, price, quantity)`,
  },
} as const;
