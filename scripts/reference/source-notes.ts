/** What the comment at a declaration says. */
export interface Note {
  readonly words: string;
  readonly example: string;
  readonly params: readonly Entry[];
  readonly fallback: string;
}

/** A parameter, an option or a method with what is said of it. */
export interface Entry {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
  readonly fallback: string;
}

const comment = String.raw`/\*\*((?:(?!\*/)[\s\S])*)\*/\s*`;

/** The comment at an exported function. */
export function functionNote(source: string, name: string): Note {
  const [, text] = new RegExp(`${comment}export function ${name}\\b`).exec(source) ?? [];
  if (text === undefined) throw new Error(`${name} has no comment to be described by.`);
  return readComment(text);
}

/** The options that an exported function takes: the members of the interface that its signature names. */
export function optionsOf(source: string, name: string): Entry[] {
  const signatures = [...source.matchAll(new RegExp(`export function ${name}\\b([\\s\\S]*?)\\): Field<`, "g"))];
  const [, options] = /\b(\w+Options)\b/.exec(signatures.map(([, signature]) => signature).join("\n")) ?? [];
  return options === undefined ? [] : membersOf(source, options);
}

/** The members of an exported interface. */
function membersOf(source: string, name: string): Entry[] {
  const [, body = ""] = new RegExp(`export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(source) ?? [];
  return [...body.matchAll(new RegExp(`${comment}readonly (\\w+)\\??: ([^;]+);`, "g"))].map(
    ([, text = "", member = "", type = ""]) => {
      const { words, fallback } = readComment(text);
      return { name: member, type, meaning: words, fallback };
    },
  );
}

/** The methods of a class that answer a field: its modifiers. */
export function modifiersOf(source: string): Entry[] {
  const found = source.matchAll(new RegExp(`${comment}(\\w+)\\(([^)]*)\\): Field<`, "g"));
  return [...found].map(([, text = "", name = "", params = ""]) => ({
    name,
    type: params.replace(/: .*/, ""),
    meaning: readComment(text).words,
    fallback: "",
  }));
}

function readComment(text: string): Note {
  const lines = text.split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
  const [words = "", ...tags] = lines.join("\n").trim().split(/\n?^@/m);
  const tag = (name: string): string[] =>
    tags.filter((one) => one.startsWith(name)).map((one) => one.slice(name.length).trim());
  const params = tag("param").map((one) => {
    const [name = "", ...rest] = one.split(" ");
    return { name, type: "", meaning: sentence(rest.join(" ")), fallback: "" };
  });
  return { words: flow(words), example: tag("example")[0] ?? "", params, fallback: flow(tag("defaultValue")[0] ?? "") };
}

function flow(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}

function sentence(text: string): string {
  const flowing = flow(text);
  return `${flowing.charAt(0).toUpperCase()}${flowing.slice(1)}.`;
}
