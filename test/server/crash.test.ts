import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "./ask.ts";
import { type Answered, send, type Write, writeUntilCrash } from "./crash-writers.ts";
import { spawnServer, type SpawnedServer, temporaryFolder } from "./spawn-server.ts";
import { readStoredBank, type StoredBank, type StoredRow } from "./stored-bank.ts";

const crashes = Number(process.env["GALLEY_CRASHES"] ?? 5);
const clients = 16;
const opening = 1_000_000;
const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
const bank = new URL("fixtures/bank.ts", import.meta.url);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: SpawnedServer;
let accounts: readonly string[];
/** Every write that was ever asked for. */
const journal: Write[] = [];

const restart = async (): Promise<void> => {
  server = await spawnServer(bank, folder.path, { GALLEY_RATE_LIMITS: "off", LOG_LEVEL: "error" });
};

beforeAll(async () => {
  folder = await temporaryFolder();
  await restart();
  const response = await fetch(`${server.origin}/api/accounts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(names.map((name) => ({ name, balance: opening }))),
  });
  const { data } = (await response.json()) as { readonly data: readonly { readonly id: string }[] };
  accounts = data.map(({ id }) => id);
});
afterAll(async () => {
  await server.end();
  await folder.remove();
});

test.for(Array.from({ length: crashes }, (_, index) => index + 1))(
  "nothing acknowledged is lost, and nothing is there in part, after crash %i",
  { timeout: 120_000 },
  async (round) => {
    const made: Write[][] = Array.from({ length: clients }, () => []);
    const writing = made.map((own, client) => writeUntilCrash(server.origin, `${round}-${client}`, accounts, own));
    // After some commits, and never after the same time, so that the crash falls on every part of a commit.
    await until(() => made.flat().filter(({ acknowledged }) => acknowledged).length > 2 * clients);
    setTimeout(() => void server.kill9(), Math.random() * 400);
    await Promise.all(writing);
    expect(await server.exited).toEqual({ code: null, signal: "SIGKILL" });
    const written = made.flat();
    journal.push(...written);
    expect(written.filter(({ acknowledged }) => acknowledged).length).toBeGreaterThan(clients);

    await restart();
    const stored = readStoredBank(join(folder.path, "galley.db"));
    expectSound(stored);
    expectJournal(stored);

    // Whoever got no answer asks again under the same key; so does whoever got one.
    const repeatable = written.filter(({ idempotencyKey }) => idempotencyKey !== undefined);
    for (const write of repeatable) expectRepeated(write, await send(server.origin, write));
    const after = readStoredBank(join(folder.path, "galley.db"));
    expectSound(after);
    expectJournal(after);
  },
);

test("what was stored through all crashes is served after an orderly stop, too", async () => {
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  await restart();
  const stored = readStoredBank(join(folder.path, "galley.db"));
  expectSound(stored);
  const response = await fetch(`${server.origin}/api/notes?limit=1&total=true`);
  expect(await response.json()).toMatchObject({ total: stored.rows["notes"]?.size });
});

/** The file is sound, the feed tells of the very rows that are there, and no money was made or lost. */
function expectSound({ integrity, broken, rows, told }: StoredBank): void {
  expect(integrity).toBe("ok");
  expect(broken).toEqual([]);
  expect(told).toEqual(rows);
  const balances = new Map(accounts.map((id) => [id, opening]));
  for (const { from, to, amount } of rows["transfers"]?.values() ?? []) {
    balances.set(String(from), (balances.get(String(from)) ?? 0) - Number(amount));
    balances.set(String(to), (balances.get(String(to)) ?? 0) + Number(amount));
  }
  expect(new Map([...(rows["accounts"] ?? [])].map(([id, { balance }]) => [id, balance]))).toEqual(balances);
  const total = [...(rows["accounts"]?.values() ?? [])].reduce((sum, { balance }) => sum + Number(balance), 0);
  expect(total).toBe(names.length * opening);
}

/** Every acknowledged write is there; every other is there whole, or not at all. */
function expectJournal({ rows, removed }: StoredBank): void {
  const by = (collection: string, field: string): Map<unknown, StoredRow[]> =>
    Map.groupBy(rows[collection]?.values() ?? [], (row) => row[field]);
  const [notes, members, transfers] = [by("notes", "name"), by("members", "group"), by("transfers", "reference")];
  const later = Map.groupBy(
    journal.filter(({ kind }) => kind === "change" || kind === "remove"),
    ({ name }) => name,
  );
  for (const { kind, name, body, acknowledged } of journal) {
    const what = `${kind} ${name}, ${acknowledged ? "acknowledged" : "not answered"}`;
    if (kind === "bulk") {
      const places = members.get(name)?.map(({ place }) => place) ?? [];
      if (acknowledged || places.length > 0) expect(places, what).toEqual([0, 1, 2, 3, 4]);
    } else if (kind === "transfer") {
      const found = transfers.get(name) ?? [];
      if (acknowledged || found.length > 0) expect(found, what).toMatchObject([body as object]);
    } else if (kind === "change") {
      expect(notes.get(name), what).toMatchObject([{ content: acknowledged ? "changed" : expect.any(String) }]);
    } else if (kind === "remove") {
      if (acknowledged) expect([notes.get(name), removed.has(name)], what).toEqual([undefined, true]);
    } else {
      const found = notes.get(name) ?? [];
      expect(found.length, what).toBeLessThanOrEqual(1);
      const [change] = later.get(name) ?? [];
      const mayBeGone = change?.kind === "remove";
      if (acknowledged && !mayBeGone) expect(found, what).toHaveLength(1);
      if (found.length === 1 && change === undefined) expect(found, what).toMatchObject([body as object]);
    }
  }
}

/** An acknowledged write is answered as it was; one that nobody answered is made now, or was made and is answered now. */
function expectRepeated(write: Write, { status, replayed, body }: Answered): void {
  expect(status, write.name).toBeLessThan(300);
  if (write.acknowledged) expect({ replayed, body }, write.name).toEqual({ replayed: true, body: write.answer });
  write.acknowledged = true;
  write.answer = body;
}
