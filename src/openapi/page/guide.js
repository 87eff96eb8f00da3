import { copyButton } from "./dom.js";
import { closeMenu, setUpMenu } from "./menu.js";
import { setUpSearch } from "./search.js";

const contents = document.getElementById("contents");
const folded = matchMedia("(max-width: 80rem)");

setUpMenu();
setUpSearch((words) => {
  contents.hidden = words.length > 0;
  return "";
});
addEventListener("hashchange", closeMenu);
document.querySelector("#contents [aria-current]")?.scrollIntoView({ block: "nearest" });

for (const sample of document.querySelectorAll(".sample")) {
  sample.append(copyButton("Copy", () => sample.querySelector("code").textContent));
}

// What is wider than its place is scrolled, by the keyboard too.
for (const wide of document.querySelectorAll(".sample pre, .table")) {
  if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
}

const toc = document.querySelector(".toc details");
if (toc !== null) {
  // Beside the text there is room for it; above the text it is in the way.
  const fold = () => (toc.open = !folded.matches);
  folded.addEventListener("change", fold);
  fold();
  toc.addEventListener("click", (event) => {
    if (event.target.closest("a") !== null && folded.matches) toc.open = false;
  });
  followReading([...toc.querySelectorAll("a")]);
}

/** Marks the section that is read: the last whose heading has come up to the upper third. */
function followReading(links) {
  const places = links.map((link) => ({ link, heading: document.getElementById(link.hash.slice(1)) }));
  const mark = () => {
    const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
    const read = places.filter(({ heading }) => heading.getBoundingClientRect().top < innerHeight / 3);
    const current = (atEnd ? places : read).at(-1);
    for (const { link } of places) {
      if (link === current?.link) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  };
  let waiting = false;
  addEventListener(
    "scroll",
    () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        mark();
      });
    },
    { passive: true },
  );
  mark();
}
