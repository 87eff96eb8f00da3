import type { Assembly } from "../operations/assemble.ts";
import { sitePage } from "./site-page.ts";

/** The page that shows every operation, and tries it out; its script draws it from `openapi.json`. */
export function referencePage({ backend }: Assembly): string {
  return sitePage({
    root: "",
    title: "API reference",
    application: backend,
    part: "reference",
    lists: "Operations",
    sidebar: "",
    main: `<p class="quiet">Loading the description of this API.</p>
<noscript>This page reads <a href="openapi.json">openapi.json</a> with a script. Other tools can read it without.</noscript>`,
    script: "reference.js",
    barEnd: '<button type="button" class="button" id="account">Sign in</button>',
    end: '<dialog id="sign-in" aria-labelledby="sign-in-title"></dialog>',
  });
}
