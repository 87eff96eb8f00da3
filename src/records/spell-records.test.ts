import { expect, it } from "vitest";
import type { Include } from "../query/query.ts";
import { spellRecords } from "./spell-records.ts";
import { WrittenRecords } from "./written-records.ts";

const include = (relation: string, ...within: Include[]): Include => ({ relation, include: within });
const spelled = async (records: readonly unknown[], ...includes: Include[]): Promise<string> =>
  Buffer.concat(await spellRecords(records, includes, ["[", "]"])).toString();

const films = (count: number, more: object = {}): object[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `f${index}`,
    title: `"Ä\u2028" \ud83d\ude00 ${index}`,
    tags: ["a"],
    ...more,
  }));

it("writes records as JSON.stringify does, however many there are", async () => {
  for (const count of [0, 1, 249, 250, 251, 5000])
    expect(await spelled(films(count))).toBe(JSON.stringify(films(count)));
});

it("writes what is included in them, in the place where it stands", async () => {
  const seller = { id: "u", name: null };
  const records = [
    { id: "d1", films: films(600, { seller, reviews: films(3) }), country: "GB", best: films(1, { seller })[0] },
    { id: "d2", films: [], country: null, best: null },
    { id: "d3", films: films(1, { seller: null, reviews: [] }), country: "FR" },
  ];
  const within = [include("seller"), include("reviews")];
  expect(await spelled(records, include("films", ...within), include("best", include("seller")))).toBe(
    JSON.stringify(records),
  );
});

it("passes on what the database has written, and gives each piece to who hashes them", async () => {
  const written = new WrittenRecords();
  for (const part of [films(2), films(300)]) written.add(part.map((one) => JSON.stringify(one)));
  const pieces: Uint8Array[] = [];
  const bytes = await spellRecords(
    [{ id: "d", films: written, country: "GB" }],
    [include("films")],
    ["", ""],
    (piece) => pieces.push(piece),
  );
  const expected = JSON.stringify({ id: "d", films: [...films(2), ...films(300)], country: "GB" });
  expect(Buffer.concat(bytes).toString()).toBe(expected);
  expect(Buffer.concat(pieces).toString()).toBe(expected);
});
