import type { Token, Tokens } from "marked";
import { escapeHtml } from "../html.ts";
import { colourCode } from "./colour-code.ts";

/** A chapter as HTML, and what it is made of. */
export interface RenderedChapter {
  readonly html: string;
  readonly sections: readonly Section[];
}

/** Where a link leads. */
export interface LinkTarget {
  readonly href: string;
  /** What to say of it beside the link. */
  readonly note?: string;
}

/** A heading with what stands below it, up to the next one. */
export interface Section {
  readonly id: string;
  readonly depth: number;
  readonly title: string;
  /** In Markdown, for the search. */
  readonly text: string;
}

/**
 * Renders Markdown. Raw HTML in it is shown as text, and its comments are left out.
 *
 * @param resolve where a link leads, given what is written; `undefined` for what is not on the site: its text alone is shown
 */
export async function renderChapter(
  text: string,
  resolve: (href: string) => LinkTarget | undefined,
): Promise<RenderedChapter> {
  const { Marked, Renderer } = await import("marked");
  const sections: { id: string; depth: number; title: string; text: string }[] = [];
  const nextId = createIds();
  const ids = new Map<Token, string>();
  const plain = new Renderer();
  const marked = new Marked({
    renderer: {
      heading(token) {
        const { depth } = token;
        const id = ids.get(token) ?? nextId(plainText(token));
        const content = this.parser.parseInline(token.tokens);
        if (depth === 1) return `<h1 id="${id}">${content}</h1>\n`;
        const label = escapeHtml(`Link to ${plainText(token)}`);
        return `<div class="heading"><h${depth} id="${id}">${content}</h${depth}><a class="anchor" href="#${id}" aria-label="${label}">#</a></div>\n`;
      },
      link({ href, title, tokens }) {
        const content = this.parser.parseInline(tokens);
        const target = resolve(href);
        if (target === undefined) return content;
        const hint = title === null || title === undefined ? "" : ` title="${escapeHtml(title)}"`;
        const { note = "" } = target;
        const aside = note === "" ? "" : ` <span class="note">${escapeHtml(note)}</span>`;
        return `<a href="${escapeHtml(target.href)}"${hint}>${content}</a>${aside}`;
      },
      code({ text: code, lang = "" }) {
        const [language = ""] = lang.split(/\s/);
        return `<div class="sample"><pre><code>${colourCode(code, language)}</code></pre></div>\n`;
      },
      table(token) {
        plain.parser = this.parser;
        // A header that says nothing is no header.
        const table = plain.table(token).replaceAll("<th></th>", "<td></td>");
        return `<div class="table">${table}</div>\n`;
      },
      html: ({ text: html }) => (/^\s*<!--/.test(html) ? "" : escapeHtml(html)),
    },
  });

  const tokens = marked.lexer(text);
  for (const token of tokens) {
    if (token.type === "heading") {
      const { depth } = token as Tokens.Heading;
      const title = plainText(token);
      const id = nextId(title);
      ids.set(token, id);
      sections.push({ id, depth, title, text: "" });
    }
    const section = sections.at(-1);
    if (section !== undefined && token.type !== "heading") section.text += token.raw;
  }
  return { html: marked.parser(tokens), sections };
}

/** The text of a token without its marks. */
function plainText(token: Token): string {
  if ("tokens" in token && token.tokens !== undefined && token.tokens.length > 0) {
    return token.tokens.map(plainText).join("");
  }
  return "text" in token && typeof token.text === "string" ? token.text : token.raw;
}

/** Ids of headings as GitHub makes them, so that a link with an anchor leads to the same place there and here. */
function createIds(): (title: string) => string {
  const uses = new Map<string, number>();
  return (title) => {
    const id = title
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-");
    const used = uses.get(id) ?? 0;
    uses.set(id, used + 1);
    return used === 0 ? id : `${id}-${used}`;
  };
}
