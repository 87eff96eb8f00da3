import { JsonText } from "../kit/json-text.ts";
import { mapInTurns } from "../kit/pauses.ts";
import { type Soon, soon } from "../kit/soon.ts";
import { spellRecords } from "../records/spell-records.ts";
import type { CallContext } from "./operation.ts";

/** More than are worth spelling in pieces. */
const few = 100;

/**
 * The answer that holds what came of many works, `{ "data": [...] }`. Others have their turns while many are shown, and spelled
 * where the caller only passes the answer on.
 */
export function presentMany<T>(
  results: readonly T[],
  show: (result: T) => unknown,
  { text }: Pick<CallContext, "text">,
): Soon<unknown> {
  return soon(mapInTurns(results, show), (data): Soon<unknown> =>
    text && data.length > few ? spelled(data) : { data },
  );
}

async function spelled(data: readonly unknown[]): Promise<JsonText> {
  return new JsonText(await spellRecords(data, [], ['{"data":[', "]}"]));
}
