/** One write that a client asked for. */
export interface Write {
  readonly kind: "create" | "bulk" | "transfer" | "keyedCreate" | "change" | "remove";
  /** The name of what it writes, which no other write has; for `change` and `remove`, of what was written before. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly idempotencyKey: string | undefined;
  /** The answer, where one arrived. Without one nobody knows whether the write was made. */
  answer: unknown;
  acknowledged: boolean;
}

/** How an answer to a write came. */
export interface Answered {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: unknown;
}

/** Sends a write. @throws when the connection breaks before the answer is whole */
export async function send(origin: string, write: Write): Promise<Answered> {
  const response = await fetch(`${origin}${write.path}`, {
    method: write.method,
    headers: {
      ...(write.body === undefined ? {} : { "content-type": "application/json" }),
      ...(write.idempotencyKey === undefined ? {} : { "idempotency-key": write.idempotencyKey }),
    },
    ...(write.body === undefined ? {} : { body: JSON.stringify(write.body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    replayed: response.headers.get("idempotency-replayed") === "true",
    body: text === "" ? null : JSON.parse(text),
  };
}

/**
 * Writes one thing after the other until the connection breaks, and tells of each whether it was acknowledged.
 *
 * @param name what no other writer is called
 * @param accounts ids of accounts to move money between
 * @throws Error when a write is refused: none of them should be
 */
export async function writeUntilCrash(
  origin: string,
  name: string,
  accounts: readonly string[],
  journal: Write[],
): Promise<void> {
  const ids = new Map<string, string>();
  for (let number = 0; ; number++) {
    const write = nextWrite(name, number, accounts, ids);
    journal.push(write);
    let answered: Answered;
    try {
      answered = await send(origin, write);
    } catch {
      return;
    }
    if (answered.status >= 300) throw new Error(`${write.kind}: ${answered.status} ${JSON.stringify(answered.body)}`);
    write.acknowledged = true;
    write.answer = answered.body;
    if (isRecord(answered.body) && typeof answered.body["id"] === "string") ids.set(write.name, answered.body["id"]);
  }
}

/** Six kinds of writes in turn; the last two go to what the ones before them made. */
function nextWrite(
  writer: string,
  number: number,
  accounts: readonly string[],
  ids: ReadonlyMap<string, string>,
): Write {
  const name = `${writer}-${number}`;
  const open = { acknowledged: false, answer: undefined };
  const post = { method: "POST", idempotencyKey: undefined, ...open };
  switch (number % 6) {
    case 0:
      return { kind: "create", name, path: "/api/notes", body: { name, content: "first" }, ...post };
    case 1: {
      const body = Array.from({ length: 5 }, (_, place) => ({ group: name, place }));
      return { kind: "bulk", name, path: "/api/members", body, ...post };
    }
    case 2: {
      const from = accounts[number % accounts.length];
      const to = accounts[(number + 1) % accounts.length];
      const body = { reference: name, from, to, amount: 1 + (number % 7) };
      return { kind: "transfer", name, path: "/api/actions/transfer", body, ...post, idempotencyKey: `key-${name}` };
    }
    case 3: {
      const body = { name, content: "keyed" };
      return { kind: "keyedCreate", name, path: "/api/notes", body, ...post, idempotencyKey: `key-${name}` };
    }
    case 4: {
      const changed = `${writer}-${number - 4}`;
      const path = `/api/notes/${ids.get(changed)}`;
      return { kind: "change", name: changed, path, body: { content: "changed" }, ...post, method: "PATCH" };
    }
    default: {
      const removed = `${writer}-${number - 2}`;
      const path = `/api/notes/${ids.get(removed)}`;
      return { kind: "remove", name: removed, path, body: undefined, ...post, method: "DELETE" };
    }
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
