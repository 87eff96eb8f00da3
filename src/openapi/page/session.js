import { el } from "./dom.js";

const tokenKey = "galley-reference-token";
const userKey = "galley-reference-user";

/**
 * Who the console sends requests as: a bearer token, kept until the tab is closed, or the session cookie that signing in sets.
 * The cookie itself is out of any script's reach.
 */
export function createSession(api, dialog, account) {
  const listeners = new Set();
  const token = () => sessionStorage.getItem(tokenKey);
  const user = () => sessionStorage.getItem(userKey);

  function changed() {
    account.textContent = token() !== null ? "Token set" : (user() ?? "Sign in");
    for (const listener of listeners) {
      if (listener.element.isConnected) listener.run();
      else listeners.delete(listener);
    }
  }

  function keep(key, value) {
    if (value === null || value === "") sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
    changed();
  }

  const session = {
    /** Header fields that say who asks. */
    headers(reads) {
      if (token() !== null) return { authorization: `Bearer ${token()}` };
      return reads ? {} : { "x-csrf-token": "reference" };
    },
    usesCookie: () => token() === null && user() !== null,
    text: () => (token() !== null ? "with a token" : user() === null ? "not signed in" : `as ${user()}`),
    /** Asks who it shall be. */
    open() {
      dialog.replaceChildren(dialogView(api, { token, user, keep, close: () => dialog.close() }));
      dialog.showModal();
    },
    /** Runs something after each change, for as long as the element is on the page. */
    subscribe: (element, run) => void listeners.add({ element, run }),
    /** Follows what the console itself did to the session. */
    noticed({ operationId }, response, answer) {
      if (!response.ok || token() !== null) return;
      if (operationId === "authSignOut") keep(userKey, null);
      if (operationId === "authSignIn" || operationId === "authSignUp") keep(userKey, JSON.parse(answer).user.email);
    },
  };

  account.addEventListener("click", () => session.open());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  changed();
  return session;
}

function dialogView(api, parts) {
  const signIn = api.byId.get("authSignIn");
  return el(
    "div.dialog-body",
    {},
    el(
      "div.dialog-head",
      {},
      el("h2", { id: "sign-in-title" }, "Who sends the requests"),
      el("button.icon-button", { type: "button", "aria-label": "Close", click: parts.close }, "×"),
    ),
    signIn && (parts.user() === null ? passwordForm(signIn, parts) : signedInView(api, parts)),
    tokenForm(parts),
  );
}

function field(name, label, more) {
  return el("label.input", {}, el("span", {}, label), el("input", { name, required: true, ...more }));
}

function passwordForm(operation, { keep, close }) {
  const said = el("p.failed", { role: "alert" });
  const form = el(
    "form",
    {},
    el("h3", {}, "Sign in"),
    field("email", "E-mail", { type: "email", autocomplete: "username" }),
    field("password", "Password", { type: "password", autocomplete: "current-password" }),
    said,
    el("button.button.primary", { type: "submit" }, "Sign in"),
  );
  const submit = async () => {
    const { email, password } = Object.fromEntries(new FormData(form));
    said.textContent = "";
    try {
      const response = await fetch(operation.path, {
        method: "POST",
        headers: { "content-type": "application/json", "x-csrf-token": "reference" },
        body: JSON.stringify({ email, password }),
      });
      const answer = await response.json();
      if (!response.ok) {
        said.textContent = answer.detail ?? answer.title;
        return;
      }
      keep(userKey, answer.user.email);
      close();
    } catch (error) {
      said.textContent = `No answer: ${error.message}`;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  return form;
}

function signedInView(api, { user, keep, close }) {
  const signOut = api.byId.get("authSignOut");
  const out = async () => {
    const headers = { "content-type": "application/json", "x-csrf-token": "reference" };
    if (signOut !== undefined)
      await fetch(signOut.path, { method: "POST", headers, body: "{}" }).catch(() => undefined);
    keep(userKey, null);
    close();
  };
  return el(
    "div",
    {},
    el("p", {}, `Signed in as ${user()}.`),
    el("button.button", { type: "button", click: () => void out() }, "Sign out"),
  );
}

function tokenForm({ token, keep, close }) {
  const form = el(
    "form",
    {},
    el("h3", {}, "Or use a token"),
    el(
      "label.input",
      {},
      el("span", {}, "Bearer token"),
      el("input", { name: "token", autocomplete: "off", spellcheck: "false", value: token() ?? "" }),
    ),
    el("p.quiet", {}, "Kept in this tab until it is closed."),
    el("button.button", { type: "submit" }, token() === null ? "Use the token" : "Keep or clear"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keep(tokenKey, form.elements.token.value.trim());
    close();
  });
  return form;
}
