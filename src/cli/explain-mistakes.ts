import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { messageOf } from "./message-of.ts";

const declared = /^( {2}- )(Collection|Action) "(\w+)":(?: (?:field|input|output) "(\w+)")?/;

/**
 * What kept a definition from being served. Mistakes of declarations begin with the place of the declaration, so that a terminal
 * leads there; where the declaration isn't found by its name, they stay as they are.
 *
 * @param files absolute paths of the modules that the definition is made of
 */
export function explainMistakes(error: unknown, files: readonly string[]): string {
  const message = messageOf(error);
  if (!(error instanceof Error && error.name === "DefinitionError")) return message;
  const texts = files.flatMap((file) => {
    try {
      return [{ file, text: readFileSync(file, "utf8") }];
    } catch {
      return [];
    }
  });
  return message
    .split("\n")
    .map((line) => {
      const [, bullet = "", kind = "", name = "", field] = declared.exec(line) ?? [];
      const place = placeOf(texts, `${kind.toLowerCase()}("${name}"`, field);
      return place === undefined ? line : `${bullet}${place}: ${line.slice(bullet.length)}`;
    })
    .join("\n");
}

/** Where a declaration is, or a field of it: `backend.ts:12`. */
function placeOf(
  texts: readonly { readonly file: string; readonly text: string }[],
  declaration: string,
  field: string | undefined,
): string | undefined {
  for (const { file, text } of texts) {
    const start = text.indexOf(declaration);
    if (start < 0) continue;
    const inside = field === undefined ? -1 : text.slice(start).search(new RegExp(`\\b${field}\\s*:`));
    const line = text.slice(0, start + Math.max(inside, 0)).split("\n").length;
    return `${relative(process.cwd(), file)}:${line}`;
  }
  return undefined;
}
