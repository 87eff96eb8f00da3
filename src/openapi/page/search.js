import { el } from "./dom.js";
import { openMenu } from "./menu.js";

const mostHits = 30;

/**
 * Sets the search of the sidebar up: what is typed goes to what the page lists, and to the index of the whole site.
 * @param {(words: string[]) => string} filterContents shows of the page's own list what has all words, and says how much that is
 * @param {{ isWanted?: (hit: { href: string }) => boolean, heading?: string }} rest what of the index the page doesn't list by
 * itself, and how it is called
 */
export function setUpSearch(filterContents, { isWanted = () => true, heading } = {}) {
  const [search, sidebar, hits, found] = ["search", "sidebar", "hits", "found"].map((id) =>
    document.getElementById(id),
  );
  let index;
  let turns = 0;

  /** Fetched by who searches, once. */
  function load() {
    index ??= fetch(new URL("search.json", import.meta.url))
      .then((response) => response.json())
      .catch(() => (index = undefined));
    return index;
  }

  async function update() {
    const turn = ++turns;
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    const listed = filterContents(words);
    const ranked = words.length === 0 ? [] : rank((await load())?.filter(isWanted) ?? [], words);
    // What was typed since then has been answered, or will be.
    if (turn !== turns) return;
    hits.replaceChildren();
    if (ranked.length > 0) {
      hits.append(
        heading === undefined ? "" : el("h2.contents-title", {}, heading),
        el("ul", {}, ...ranked.map(hitView)),
      );
    }
    const counts = [listed, ranked.length > 0 && `${ranked.length} ${heading?.toLowerCase() ?? "found"}`];
    found.textContent = words.length === 0 ? "" : counts.filter(Boolean).join(", ") || "Nothing found";
  }

  const links = () => [...sidebar.querySelectorAll("a")].filter((link) => link.checkVisibility());
  search.addEventListener("focus", () => void load());
  search.addEventListener("input", () => void update());
  sidebar.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === search) links()[0]?.click();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const all = [search, ...links()];
    const to = all[all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (to === undefined || (event.target === search && event.key === "ArrowUp")) return;
    event.preventDefault();
    to.focus();
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog") !== null;
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    openMenu();
    search.focus();
  });
}

/** What has all words; first what has them in its title, then what has one there. */
function rank(index, words) {
  const ranks = [[], [], []];
  for (const hit of index) {
    const title = hit.title.toLowerCase();
    const inTitle = words.filter((word) => title.includes(word)).length;
    const all = `${title} ${hit.place.toLowerCase()} ${hit.text}`;
    if (words.every((word) => all.includes(word))) ranks[inTitle === words.length ? 0 : inTitle > 0 ? 1 : 2].push(hit);
  }
  return ranks.flat().slice(0, mostHits);
}

function hitView({ href, title, place }) {
  const link = el("a.hit", { href: new URL(href, import.meta.url) }, el("span", {}, title), el("small", {}, place));
  return el("li", {}, link);
}
