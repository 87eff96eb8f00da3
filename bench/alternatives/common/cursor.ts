/** Where a page of films ends, as clients send it back. */
export interface Cursor {
  readonly votes: number;
  readonly id: string;
}

export function encodeCursor({ votes, id }: Cursor): string {
  return Buffer.from(`${votes} ${id}`).toString("base64url");
}

export function decodeCursor(text: string): Cursor {
  const [votes = "", id = ""] = Buffer.from(text, "base64url").toString().split(" ");
  return { votes: Number(votes), id };
}

/** A page of so many from one record more. */
export function pageOf<T extends Cursor>(found: readonly T[], limit: number): { data: T[]; next: string | null } {
  const data = found.slice(0, limit);
  const last = data.at(-1);
  return { data, next: found.length > limit && last !== undefined ? encodeCursor(last) : null };
}
