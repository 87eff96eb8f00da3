/** How a file names another one. */
export interface Reference {
  /** The specifier as it is written: `../kit/clock.ts`, `node:fs`. */
  readonly specifier: string;
  /**
   * `value` is a static import or re-export, `type` one that is gone at run time, `dynamic` is `import()`, `url` is
   * `new URL("./x.ts", import.meta.url)`, which is how a worker is named.
   */
  readonly kind: "value" | "type" | "dynamic" | "url";
}

/** What the checker knows of one file. */
export interface Source {
  /** The code without comments; every string is empty, so that words in strings are not taken for code. */
  readonly code: string;
  readonly references: readonly Reference[];
}

const mark = "\u0000";
const literal = `${mark}(\\d+)${mark}`;
const patterns = [
  { kind: "import", pattern: new RegExp(`\\b(import|export)\\s+(type\\s+)?[\\w$*{}\\s,]*?\\bfrom\\s*${literal}`, "g") },
  { kind: "import", pattern: new RegExp(`\\b(import)(\\s*)${literal}`, "g") },
  { kind: "dynamic", pattern: new RegExp(`\\b(import)(\\s*)\\(\\s*${literal}`, "g") },
  { kind: "url", pattern: new RegExp(`\\bnew\\s+(URL)(\\s*)\\(\\s*${literal}\\s*,\\s*import\\.meta\\.url`, "g") },
] as const;

/**
 * Reads the references out of TypeScript source. It splits the text into code, comments, strings and regular
 * expressions and looks at code only: a parser would know more, and would be one more thing that has to follow the
 * language.
 */
export function readSource(text: string): Source {
  const { code, strings } = withoutLiterals(text);
  const references: Reference[] = [];
  for (const { kind, pattern } of patterns) {
    for (const [, , type, index] of code.matchAll(pattern)) {
      const specifier = strings[Number(index)] ?? "";
      references.push({ specifier, kind: kind !== "import" ? kind : type?.startsWith("type") ? "type" : "value" });
    }
  }
  return { code: code.replace(new RegExp(literal, "g"), '""'), references };
}

/** The code with every comment blanked and every string replaced by a numbered mark. */
function withoutLiterals(text: string): { readonly code: string; readonly strings: readonly string[] } {
  const strings: string[] = [];
  /** For each open `${`, how many braces are open inside it. */
  const templates: number[] = [];
  let code = "";
  let at = 0;

  const keep = (content: string): void => {
    code += `${mark}${strings.length}${mark}`;
    strings.push(content);
  };
  /** From inside a template to its end or its next `${`. */
  const template = (): void => {
    const start = at;
    while (at < text.length) {
      if (text[at] === "\\") at += 2;
      else if (text[at] === "`") break;
      else if (text.startsWith("${", at)) {
        keep(text.slice(start, at));
        code += " ";
        templates.push(0);
        at += 2;
        return;
      } else at++;
    }
    keep(text.slice(start, at));
    at++;
  };

  while (at < text.length) {
    const char = text.charAt(at);
    if (text.startsWith("//", at)) {
      at = indexOrEnd(text, "\n", at);
    } else if (text.startsWith("/*", at)) {
      at = indexOrEnd(text, "*/", at + 2) + 2;
      code += " ";
    } else if (char === '"' || char === "'") {
      const end = closing(text, at + 1, char);
      keep(text.slice(at + 1, end));
      at = end + 1;
    } else if (char === "`") {
      at++;
      template();
    } else if (char === "/" && startsRegExp(code)) {
      const end = closing(text, at + 1, "/");
      keep("");
      at = end + 1;
    } else {
      const open = templates.length - 1;
      if (char === "}" && templates[open] === 0) {
        templates.pop();
        at++;
        template();
        continue;
      }
      if (char === "{" && open >= 0) templates[open] = (templates[open] ?? 0) + 1;
      if (char === "}" && open >= 0) templates[open] = (templates[open] ?? 0) - 1;
      code += char;
      at++;
    }
  }
  return { code, strings };
}

/** The place of the closing quote or slash; a slash inside `[...]` closes nothing. */
function closing(text: string, from: number, quote: string): number {
  let inClass = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === "\\") at++;
    else if (quote === "/" && char === "[") inClass = true;
    else if (quote === "/" && char === "]") inClass = false;
    else if ((char === quote && !inClass) || char === "\n") return at;
  }
  return text.length;
}

/** A slash after a value divides; after anything else it begins a regular expression. */
function startsRegExp(code: string): boolean {
  const before = code.trimEnd();
  if (/(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|await|yield|throw|new|delete)$/.test(before)) return true;
  return !/[\w$)\]}\u0000]$/.test(before);
}

function indexOrEnd(text: string, searched: string, from: number): number {
  const found = text.indexOf(searched, from);
  return found < 0 ? text.length : found;
}
