import { escapeHtml } from "./html.ts";

/** The parts of the site, as every page's bar names them. */
type Part = "guide" | "reference" | "errors";

/** What the bar says of the application; texts. */
export interface Application {
  readonly name: string;
  readonly version: string;
}

/** One page of the site, in HTML that is already safe, but for the texts. */
export interface SitePage {
  /** The way from the page's address to `/api/`, which a proxy may serve below a path of its own: `../../`. */
  readonly root: string;
  /** What the page is about; a text. */
  readonly title: string;
  readonly application: Application;
  readonly part: Part;
  /** What the sidebar lists; a text: `Operations`. */
  readonly lists: string;
  readonly sidebar: string;
  readonly main: string;
  /** The script in `page/` that the page runs: `guide.js`. */
  readonly script: string;
  /** What stands at the end of the bar. */
  readonly barEnd?: string;
  /** What stands behind the layout. */
  readonly end?: string;
}

/** The frame that the guide, the reference and the page of errors share: the bar, the search, the sidebar. */
export function sitePage(page: SitePage): string {
  const { root, part, lists } = page;
  const title = escapeHtml(page.title);
  const application = escapeHtml(page.application.name);
  // On the reference these lead to its own first view; elsewhere, to that page.
  const reference = part === "reference" ? "#" : `${root}docs`;
  const link = (own: Part, href: string, text: string) =>
    `<a href="${href}"${own === part ? ' aria-current="true"' : ""}>${text}</a>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${application}</title>
<link rel="icon" href="${root}docs/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${root}docs/reference.css">
<script type="module" src="${root}docs/${page.script}"></script>
</head>
<body class="${part}-page">
<a class="skip" href="#main">Skip to content</a>
<header class="bar">
<button type="button" class="icon-button menu-button" id="menu" aria-controls="sidebar" aria-expanded="false" aria-label="${lists}"><svg viewBox="0 0 20 20" aria-hidden="true"><path d="M3 5h14M3 10h14M3 15h14"/></svg></button>
<a class="brand" href="${reference}"><img src="${root}docs/icon.svg" alt="" width="22" height="22"><span>${application}</span></a>
<span class="version">${escapeHtml(page.application.version)}</span>
<nav class="bar-links" aria-label="Documentation">
${link("guide", `${root}docs/guide`, "Guide")}
${link("reference", reference, 'API<span class="on-wide"> reference</span>')}
${link("errors", `${root}../docs/errors`, "Errors")}
<a class="on-wide" href="${root}openapi.json">openapi.json</a>
</nav>
${page.barEnd ?? ""}
</header>
<div class="layout">
<nav class="sidebar" id="sidebar" aria-label="${lists}">
<div class="search">
<input type="search" id="search" placeholder="Search" aria-label="Search" aria-describedby="found" autocomplete="off" spellcheck="false">
<kbd aria-hidden="true">/</kbd>
</div>
<p class="found" id="found" role="status"></p>
<div id="contents">${page.sidebar}</div>
<div id="hits"></div>
</nav>
<main id="main" tabindex="-1">${page.main}</main>
</div>
${page.end ?? ""}
</body>
</html>
`;
}
