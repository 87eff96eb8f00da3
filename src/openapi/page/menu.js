const wide = matchMedia("(min-width: 60rem)");
const menu = document.getElementById("menu");

/** Lets the button of the bar open what is beside the page where there is room, and above it on a phone. */
export function setUpMenu() {
  menu.addEventListener("click", () => (isOpen() ? closeMenu() : openMenu()));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen()) return;
    closeMenu();
    menu.focus();
  });
}

export function openMenu() {
  if (wide.matches) return;
  document.body.classList.add("menu-open");
  menu.setAttribute("aria-expanded", "true");
  document.getElementById("search").focus();
}

export function closeMenu() {
  document.body.classList.remove("menu-open");
  menu.setAttribute("aria-expanded", "false");
}

function isOpen() {
  return document.body.classList.contains("menu-open");
}
