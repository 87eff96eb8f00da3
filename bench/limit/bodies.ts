import type { Bought, FilmInput } from "./messages.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const filmKeys = new Set("title director category status year minutes rating votes price stock".split(" "));

function isWhole(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

function isId(value: unknown): value is string {
  return typeof value === "string" && value.length === 36 && uuid.test(value);
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A film from a body; undefined when anything about it is wrong. */
export function filmOf(text: string): FilmInput | undefined {
  const sent = parse(text);
  if (sent === undefined) return undefined;
  for (const key in sent) if (!filmKeys.has(key)) return undefined;
  const { title, director, category, status = "published", year, minutes, rating, votes = 0, price, stock } = sent;
  if (typeof title !== "string" || title.length > 200 || !isId(director) || !isId(category)) return undefined;
  if (status !== "published" && status !== "draft") return undefined;
  if (!isWhole(year, 1880, 2100) || !isWhole(minutes, 1) || !isWhole(votes, 0)) return undefined;
  if (typeof rating !== "number" || rating < 0 || rating > 10) return undefined;
  if (!isWhole(price, 0) || !isWhole(stock, 0)) return undefined;
  return { title, director, category, status, year, minutes, rating, votes, price, stock };
}

/** The lines of a basket; undefined when anything about them is wrong. */
export function linesOf(text: string): Bought[] | undefined {
  const lines = parse(text)?.["lines"];
  if (!Array.isArray(lines) || lines.length === 0 || lines.length > 10) return undefined;
  for (const line of lines as unknown[]) {
    if (typeof line !== "object" || line === null) return undefined;
    const { film, quantity } = line as Record<string, unknown>;
    if (!isId(film) || !isWhole(quantity, 1, 100)) return undefined;
  }
  return lines as Bought[];
}
