import { loadDocument } from "./document.js";
import { badge, el, pathText, prose } from "./dom.js";
import { closeMenu, setUpMenu } from "./menu.js";
import { operationView } from "./operation-view.js";
import { schemaView } from "./schema-view.js";
import { setUpSearch } from "./search.js";
import { createSession } from "./session.js";

const $ = (id) => document.getElementById(id);
const main = $("main");
const mostOpen = 40;

try {
  start(await loadDocument());
} catch (error) {
  main.replaceChildren(
    el("p.failed", { role: "alert" }, `The description of this API could not be read: ${error.message}`),
  );
}

function start(api) {
  const { info } = api.document;
  const session = createSession(api, $("sign-in"), $("account"));

  const links = sidebar(api);
  setUpSearch((words) => filter(links, words), {
    isWanted: ({ href }) => href.startsWith("guide/"),
    heading: "In the guide",
  });
  setUpMenu();

  function show() {
    const [kind, name = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
    const operation = kind === "operation" ? api.byId.get(name) : undefined;
    const schema = kind === "schema" ? api.schemas[name] : undefined;
    if (kind === "main") return;
    main.replaceChildren(
      operation !== undefined
        ? operationView(operation, api, session)
        : schema !== undefined
          ? schemaPage(name, api)
          : overview(api),
    );
    document.title = [operation?.summary ?? (schema && name), info.title, "API reference"].filter(Boolean).join(" · ");
    for (const { link, operation: one } of links) {
      if (one === operation) {
        link.setAttribute("aria-current", "page");
        link.closest("details").open = true;
        link.scrollIntoView({ block: "nearest" });
      } else link.removeAttribute("aria-current");
    }
    closeMenu();
    scrollTo(0, 0);
  }

  addEventListener("hashchange", () => {
    show();
    main.focus({ preventScroll: true });
  });
  show();
}

/** The operations by tag. */
function sidebar(api) {
  const links = [];
  // A long list is easier to read by its headings.
  const all = api.operations.length <= mostOpen;
  for (const tag of api.tags) {
    if (tag.operations.length === 0) continue;
    const items = tag.operations.map((operation) => {
      const link = el(
        "a.operation-link",
        { href: `#operation/${operation.operationId}` },
        badge(operation.method),
        el("span", {}, shortPath(operation, tag)),
      );
      link.title = operation.summary;
      const item = el("li", {}, link);
      links.push({ link, item, operation, words: wordsOf(operation) });
      return item;
    });
    $("contents").append(
      el(
        "details.tag",
        { open: all || tag.name === "auth" || tag.name === "actions" },
        el("summary", {}, tag.name),
        el("ul", {}, ...items),
      ),
    );
  }
  return links;
}

/** The path below its tag; what all of a group have in common needs no repeating. */
function shortPath({ path, operationId }, { name }) {
  const below = path.replace(/^\/api/, "");
  if (below.startsWith("/actions/")) return operationId;
  const rest = below.startsWith(`/${name}`) ? below.slice(name.length + 1) : below;
  return rest === "" ? `/${name}` : rest;
}

function wordsOf({ method, path, summary, operationId, tag }) {
  return `${method} ${path} ${summary} ${operationId} ${tag}`.toLowerCase();
}

/** Shows the operations that have all words, and says how many they are. */
function filter(links, words) {
  for (const { item, words: own } of links) item.hidden = !words.every((word) => own.includes(word));
  for (const group of document.querySelectorAll(".tag")) {
    group.hidden = [...group.querySelectorAll("li")].every((item) => item.hidden);
    if (words.length > 0) group.open = true;
  }
  const found = links.filter(({ item }) => !item.hidden).length;
  return found === 1 ? "1 operation" : `${found} operations`;
}

function overview(api) {
  const { info, servers } = api.document;
  const address = new URL(servers?.[0]?.url ?? "/", location.href).origin;
  return el(
    "article.overview",
    {},
    el("h1", {}, info.title),
    ...prose(info.description),
    el("p.address", {}, el("code", {}, address)),
    el(
      "div.cards",
      {},
      ...api.tags
        .filter(({ operations }) => operations.length > 0)
        .map(({ name, description, operations }) =>
          el(
            "section.card",
            {},
            el("h2", {}, name),
            el("p.quiet", {}, description),
            el(
              "ul",
              {},
              ...operations.map((operation) =>
                el(
                  "li",
                  {},
                  el(
                    "a",
                    { href: `#operation/${operation.operationId}` },
                    badge(operation.method),
                    el("span", {}, operation.summary),
                  ),
                ),
              ),
            ),
          ),
        ),
    ),
  );
}

function schemaPage(name, api) {
  const reference = `#/components/schemas/${name}`;
  const mentions = (part) => JSON.stringify(part ?? null).includes(`"${reference}"`);
  const users = api.operations.filter(mentions);
  const isSent = users.some(({ requestBody }) => mentions(requestBody));
  return el(
    "article.operation",
    {},
    el("header.operation-head", {}, el("p.quiet", {}, "Schema"), el("h1", {}, name)),
    schemaView({ $ref: reference }, api.resolve, !isSent),
    users.length > 0 &&
      el(
        "section",
        {},
        el("h2", {}, "Used by"),
        el(
          "ul.plain",
          {},
          ...users.map((operation) =>
            el(
              "li",
              {},
              el(
                "a",
                { href: `#operation/${operation.operationId}` },
                badge(operation.method),
                pathText(operation.path),
              ),
            ),
          ),
        ),
      ),
  );
}
