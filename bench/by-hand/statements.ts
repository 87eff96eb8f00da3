const film = (director: string): string =>
  `f.id, f.title, ${director}, f.category, f.seller, f.status, f.year, f.minutes, f.rating, f.votes, f.price, f.stock, f."createdAt", f."updatedAt", f.version`;

/** Whose session it is; a statement begins with it, so that no request asks twice. */
const me = `SELECT s."user" FROM sessions s WHERE s."tokenHash" = $1 AND s."expiresAt" > now()`;
const visible = `(f.status = 'published' OR f.seller = me."user")`;

/** A page of one category by votes. One row without an id says that there is nothing to see, none that nobody has signed in. */
function page(director: string, columns: string, joined: string): (after: boolean) => string {
  return (after) => `SELECT p.* FROM (${me}) me LEFT JOIN LATERAL (
      SELECT ${film(director)}${columns} FROM films f ${joined}
      WHERE f.category = $2 AND ${visible}${after ? " AND (f.votes, f.id) < ($4, $5)" : ""}
      ORDER BY f.votes DESC, f.id DESC LIMIT $3) p ON true`;
}

const plain = page("f.director", "", "");
const including = page(
  "f.director",
  `, d.name, d.country, d.born, d."createdAt" AS "directorCreatedAt", d."updatedAt" AS "directorUpdatedAt", d.version AS "directorVersion"`,
  "JOIN directors d ON d.id = f.director",
);

/** The statements of a request that is one statement, each prepared under its name. */
export const statements = {
  film: {
    name: "film",
    text: `SELECT ${film("f.director")} FROM (${me}) me LEFT JOIN films f ON f.id = $2 AND ${visible}`,
  },
  page: { name: "page", text: plain(false) },
  pageAfter: { name: "pageAfter", text: plain(true) },
  including: { name: "including", text: including(false) },
  includingAfter: { name: "includingAfter", text: including(true) },
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
