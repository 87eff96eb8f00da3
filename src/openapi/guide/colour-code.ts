import { escapeHtml } from "../html.ts";

const text = String.raw`(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|${"`"}(?:\\.|[^${"`"}\\])*${"`"})(?<colon>\s*:)?`;
const literal = String.raw`(?<literal>\b(?:true|false|null|undefined)\b|(?<![\w.-])-?\d[\d_]*(?:\.\d+)?(?!\w))`;
const words =
  "as async await break case catch class const continue default do else export extends finally for from function if import in instanceof interface let new of readonly return satisfies switch throw try type typeof using void while yield";
const sqlWords =
  "add alter and as by column constraint create default delete drop foreign from group if in index insert into key not on or order primary references rename select set table to unique update values view where";

/** What is told apart in each language; one that isn't here stays in one colour. */
const languages: Readonly<Record<string, RegExp>> = {
  ts: pattern(String.raw`(?<comment>\/\/.*|\/\*[\s\S]*?\*\/)`, words),
  sh: pattern(String.raw`(?<comment>(?<!\S)#.*)`),
  sql: pattern("(?<comment>--.*)", sqlWords),
  json: pattern("(?<comment>(?!))"),
};

function pattern(comment: string, keywords?: string): RegExp {
  const parts = [comment, text, literal];
  // What follows a dot is a name, whatever it is called.
  if (keywords !== undefined)
    parts.push(String.raw`(?<word>(?<![\w.$])(?:${keywords.split(" ").join("|")})(?![\w$:]))`);
  return new RegExp(parts.join("|"), keywords === sqlWords ? "gi" : "g");
}

/**
 * Source text as HTML, with the colours of its strings, comments and keywords. It goes by appearance alone: a reader is
 * helped, and nothing depends on it.
 *
 * @param language as Markdown names it: `ts`
 */
export function colourCode(code: string, language: string): string {
  const known = languages[{ js: "ts", tsx: "ts", bash: "sh", jsonc: "ts" }[language] ?? language];
  if (known === undefined) return escapeHtml(code);
  let html = "";
  let at = 0;
  for (const { 0: whole, index, groups = {} } of code.matchAll(known)) {
    const colon = groups["colon"] ?? "";
    const [kind = ""] = ["comment", "string", "literal", "word"].filter((name) => groups[name] !== undefined);
    const shown = kind === "string" && colon !== "" ? "key" : kind;
    const body = whole.slice(0, whole.length - colon.length);
    html += `${escapeHtml(code.slice(at, index))}<span class="code-${shown}">${escapeHtml(body)}</span>${colon}`;
    at = index + whole.length;
  }
  return html + escapeHtml(code.slice(at));
}
