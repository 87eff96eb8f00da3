import type { Configuration } from "../server/index.ts";

/** Where the records are, without the password of a server. */
export function whereOf({ database }: Pick<Configuration, "database">): string {
  if (database.engine === "sqlite") return database.file;
  const url = new URL(database.url);
  url.password = "";
  url.search = "";
  return url.href;
}
