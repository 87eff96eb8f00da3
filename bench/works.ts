import { idOf, isPublished, mix, users } from "./store/plain.ts";

/** One request, whoever is asked. */
export interface Ask {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The names of what is measured. */
export const workNames = ["read", "page", "include", "create", "checkout"] as const;
export type WorkName = (typeof workNames)[number];

/** What one request of a work is about. Each side spells it in its own way. */
export interface Subject {
  readonly work: WorkName;
  /** The number of the user who asks. */
  readonly user: number;
  /** Films that the user sees, by their ids: one to read, three to buy. */
  readonly films: readonly string[];
  readonly category: string;
  readonly director: string;
}

/** Something that is measured. */
export interface Work {
  readonly name: WorkName;
  readonly title: string;
  /** Status of its answer, unless a side answers otherwise. */
  readonly expect: number;
  /** What Galley aims at: a share of the limit, how many times the best alternative, and a share of the server by hand on PostgreSQL. */
  readonly target: { readonly limit: number; readonly alternative: number; readonly postgres: number };
}

export const works: readonly Work[] = [
  { name: "read", title: "point read", expect: 200, target: { limit: 0.8, alternative: 1.5, postgres: 0.7 } },
  {
    name: "page",
    title: "page of 20, filtered and sorted on an index",
    expect: 200,
    target: { limit: 0.85, alternative: 1.5, postgres: 0.7 },
  },
  {
    name: "include",
    title: "page of 20 with one include",
    expect: 200,
    target: { limit: 0.7, alternative: 2, postgres: 0.7 },
  },
  { name: "create", title: "durable create", expect: 201, target: { limit: 0.8, alternative: 5, postgres: 0.8 } },
  {
    name: "checkout",
    title: "checkout: a dozen statements, serializable",
    expect: 200,
    target: { limit: 0.6, alternative: 3, postgres: 0.6 },
  },
];

/** What a client asks for at a turn; the same for every side. */
export function subjectOf(work: WorkName, client: number, turn: number, films: number): Subject {
  const seed = mix(client * 100_003 + turn, 21);
  const user = client % users;
  const pick = (salt: number): string => {
    // A row near by that everyone sees.
    let row = mix(seed, salt) % films;
    while (!isPublished(row)) row = (row + 1) % films;
    return idOf("films", row);
  };
  return {
    work,
    user,
    films: [pick(22), pick(23), pick(24)],
    category: idOf("categories", mix(seed, 25) % 200),
    director: idOf("directors", mix(seed, 26) % Math.max(100, films / 20)),
  };
}

/** A new film, as the body of a request. */
export function newFilm({ category, director }: Subject): Readonly<Record<string, unknown>> {
  return {
    title: "The Measured River of the Last Winter",
    director,
    category,
    status: "published",
    year: 2026,
    minutes: 101,
    rating: 7.3,
    votes: 12_345,
    price: 1499,
    stock: 100,
  };
}

/** The request in the words of the HTTP contract, which every server written for this benchmark follows. */
export function askOf(subject: Subject): Ask {
  const { work, films, category } = subject;
  switch (work) {
    case "read":
      return { method: "GET", path: `/api/films/${films[0]}` };
    case "page":
      return { method: "GET", path: `/api/films?category=${category}&sort=-votes&limit=20` };
    case "include":
      return { method: "GET", path: `/api/films?category=${category}&sort=-votes&limit=20&include=director` };
    case "create":
      return { method: "POST", path: "/api/films", body: newFilm(subject) };
    case "checkout":
      return {
        method: "POST",
        path: "/api/actions/checkout",
        body: { lines: films.map((film) => ({ film, quantity: 1 })) },
      };
  }
}

/** A request as bytes. */
export function bytesOf({ method, path, body, headers = {} }: Ask): Buffer {
  const text = body === undefined ? "" : JSON.stringify(body);
  const fields = {
    host: "127.0.0.1",
    ...headers,
    ...(body === undefined
      ? {}
      : { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) }),
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.join("")}\r\n${text}`);
}
