import { errorCodes, type ErrorCode } from "../kit/error-codes.ts";
import type { Assembly } from "../operations/assemble.ts";
import { errorGuide } from "./error-guide.ts";

/** The page that the `type` of every problem leads to: `/docs/errors#not_found`. */
export function errorsPage({ backend, operations }: Assembly): string {
  const common = Object.entries(errorGuide).map(([code, { when, remedy }]) => {
    const { status, title } = errorCodes[code as ErrorCode];
    return section(code, status, title, [when, remedy]);
  });
  const own = new Map<string, { readonly status: number; readonly title: string; readonly actions: string[] }>();
  for (const { action } of operations.values()) {
    for (const [code, error] of Object.entries(action?.errors ?? {})) {
      const known = own.get(code) ?? { ...error, actions: [] };
      known.actions.push(action?.name ?? "");
      own.set(code, known);
    }
  }
  const declared = [...own]
    .filter(([code]) => !Object.hasOwn(errorCodes, code))
    .map(([code, { status, title, actions }]) =>
      section(code, status, title, [
        `Answered by ${actions.map((name) => `\`${name}\``).join(", ")}. \`detail\` says more.`,
      ]),
    );
  const rest = declared.length === 0 ? "" : `<h2>Of this application</h2>${declared.join("")}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Errors · ${escape(backend.name)}</title>
<link rel="icon" href="../api/docs/icon.svg">
<link rel="stylesheet" href="../api/docs/reference.css">
<body class="errors-page">
<main>
<p><a href="../api/docs">Reference</a></p>
<h1>Errors</h1>
<p>Every error is a problem (RFC 9457) of one shape. Programs go by its <code>code</code>, people by its <code>detail</code>.</p>
${common.join("")}
${rest}
</main>
</body>
</html>
`;
}

function section(code: string, status: number, title: string, paragraphs: readonly string[]): string {
  const text = paragraphs.map((paragraph) => `<p>${withCode(paragraph)}</p>`).join("");
  return `<section id="${code}"><h3><code>${code}</code> <span class="status s${String(status).charAt(0)}">${status}</span></h3><p class="title">${escape(title)}</p>${text}</section>\n`;
}

function withCode(text: string): string {
  return escape(text).replace(/`([^`]*)`/g, "<code>$1</code>");
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
