import { errorCodes, type ErrorCode } from "../kit/error-codes.ts";
import type { Assembly } from "../operations/assemble.ts";
import { errorGuide } from "./error-guide.ts";
import { escapeHtml, htmlWithCode } from "./html.ts";
import { sitePage } from "./site-page.ts";

interface ErrorEntry {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly paragraphs: readonly string[];
}

/** The page that the `type` of every problem leads to: `/docs/errors#not_found`. */
export function errorsPage(assembly: Assembly): string {
  const common = Object.entries(errorGuide).map(([code, { when, remedy }]) => {
    const { status, title } = errorCodes[code as ErrorCode];
    return { code, status, title, paragraphs: [when, remedy] };
  });
  const own = ownErrors(assembly);
  const groups = [
    { title: "Of every backend", errors: common },
    { title: "Of this application", errors: own },
  ].filter(({ errors }) => errors.length > 0);
  return sitePage({
    root: "../api/",
    title: "Errors",
    application: assembly.backend,
    part: "errors",
    lists: "Codes",
    sidebar: groups
      .map(({ title, errors }) => `<h2 class="contents-title">${title}</h2><ul>${errors.map(entry).join("")}</ul>`)
      .join(""),
    main: `<h1>Errors</h1>
<p>Every error is a problem (RFC 9457) of one shape. Programs go by its <code>code</code>, people by its <code>detail</code>.</p>
${groups.map(({ title, errors }) => `<h2>${title}</h2>${errors.map(section).join("")}`).join("")}`,
    script: "guide.js",
  });
}

/** What the actions declare, by code. */
function ownErrors({ operations }: Assembly): ErrorEntry[] {
  const own = new Map<string, { readonly status: number; readonly title: string; readonly actions: string[] }>();
  for (const { action } of operations.values()) {
    for (const [code, error] of Object.entries(action?.errors ?? {})) {
      if (Object.hasOwn(errorCodes, code)) continue;
      const known = own.get(code) ?? { ...error, actions: [] };
      known.actions.push(action?.name ?? "");
      own.set(code, known);
    }
  }
  return [...own].map(([code, { status, title, actions }]) => ({
    code,
    status,
    title,
    paragraphs: [`Answered by ${actions.map((name) => `\`${name}\``).join(", ")}. \`detail\` says more.`],
  }));
}

function entry({ code, status }: ErrorEntry): string {
  return `<li><a class="contents-link" href="#${code}">${statusBadge(status)}<span>${code}</span></a></li>`;
}

function section({ code, status, title, paragraphs }: ErrorEntry): string {
  const text = paragraphs.map((paragraph) => `<p>${htmlWithCode(paragraph)}</p>`).join("");
  return `<section id="${code}"><h3><code>${code}</code> ${statusBadge(status)}</h3><p class="title">${escapeHtml(title)}</p>${text}</section>\n`;
}

function statusBadge(status: number): string {
  return `<span class="status s${String(status).charAt(0)}">${status}</span>`;
}
