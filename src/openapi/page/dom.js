/**
 * Makes an element. Text is only ever set as text, so nothing in a description can become markup.
 * @param {string} tag name, with classes after dots: `span.badge.get`
 * @param {Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>} [properties] attributes; functions become listeners of the event they are named after
 * @param {...(Node | string | null | undefined | false)} children
 */
export function el(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(key, `${value}`);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Text with its `code` as code, and its empty lines as paragraphs. */
export function prose(text, codeOf = (code) => el("code", {}, code)) {
  return String(text ?? "")
    .split(/\n\n+/)
    .filter((paragraph) => paragraph !== "")
    .map((paragraph) => el("p", {}, ...inline(paragraph, codeOf)));
}

/** Text with its `code` as code. */
export function inline(text, codeOf = (code) => el("code", {}, code)) {
  return String(text ?? "")
    .split(/(`[^`]+`)/)
    .filter((part) => part !== "")
    .map((part) => (part.startsWith("`") && part.length > 2 ? codeOf(part.slice(1, -1)) : part));
}

/** A path with its parameters marked, and places to break a line after each slash. */
export function pathText(path) {
  return el(
    "code.path",
    {},
    ...path
      .split(/(\{[^}]+\}|\/)/)
      .flatMap((part) =>
        part.startsWith("{") ? [el("span.path-parameter", {}, part)] : part === "/" ? [el("wbr"), "/"] : [part],
      ),
  );
}

/** A badge with the method of an operation. */
export function badge(method) {
  return el(`span.badge.${method}`, {}, method === "delete" ? "DEL" : method.toUpperCase());
}

/** A status in the colour of its class. */
export function statusText(status) {
  return el(`span.status.s${String(status).charAt(0)}`, {}, String(status));
}

/** A button that copies a text, and says so. */
export function copyButton(label, textOf) {
  const button = el("button.button.small", { type: "button" }, label);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(textOf());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Can't copy here";
    }
    setTimeout(() => (button.textContent = label), 1500);
  };
  button.addEventListener("click", () => void copy());
  return button;
}

const tokens = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** More would make the page slow, and nobody reads it in colour. */
const mostColoured = 100_000;

/** JSON text in colour. */
export function colouredJson(text) {
  if (text.length > mostColoured) return [text];
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(tokens)) {
    const [whole, string, colon] = match;
    if (match.index > at) parts.push(text.slice(at, match.index));
    const kind = colon !== undefined ? "key" : string !== undefined ? "string" : "literal";
    parts.push(el(`span.code-${kind}`, {}, string ?? whole));
    if (colon !== undefined) parts.push(colon);
    at = match.index + whole.length;
  }
  parts.push(text.slice(at));
  return parts;
}
