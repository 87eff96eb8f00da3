import { queryOf } from "./document.js";
import { colouredJson, copyButton, el, statusText } from "./dom.js";
import { sample } from "./samples.js";

const safe = new Set(["get", "head", "options"]);

/** The console: fills in an operation, sends it from this page, and shows what came back. */
export function consoleView(operation, api, session) {
  const { resolve } = api;
  const parameters = (operation.parameters ?? []).map(resolve);
  const { own, conditions } = queryOf(operation, resolve);
  const inputs = parameters
    .filter((one) => one.in === "path")
    .concat(own)
    .map((one) => parameterInput(one, operation));
  const headers = parameters.filter((one) => one.in === "header").map((one) => parameterInput(one, operation));
  const optional = inputs.filter(({ parameter }) => !parameter.required);
  const filters = conditionRows(conditions, operation);
  const body = bodyInput(operation, api);
  const result = el("div.result", { role: "status" });
  const curl = el("pre.curl", { tabindex: "0", "aria-label": "The same as a curl command" });
  const who = el("button.link.who", { type: "button", click: () => session.open() }, session.text());
  const send = el("button.button.primary", { type: "submit" }, "Send");

  /** The request as it is filled in. */
  function request() {
    const valueOf = (name) => inputs.find((one) => one.parameter.name === name)?.input.value ?? "";
    const path = operation.path.replace(/\{([^}]+)\}/g, (_, name) => encodeURIComponent(valueOf(name)));
    const query = [
      ...inputs
        .filter(({ parameter, input }) => parameter.in === "query" && input.value !== "")
        .map(({ parameter, input }) => [parameter.name, input.value]),
      ...filters.values().filter(([, value]) => value !== ""),
    ];
    const spelled = query
      .map(([name, value]) => `${encodeName(name)}=${encodeURIComponent(value).replaceAll("%2C", ",")}`)
      .join("&");
    const sent = { ...session.headers(safe.has(operation.method)) };
    for (const { parameter, input } of headers)
      if (input.value !== "") sent[parameter.name.toLowerCase()] = input.value;
    if (body !== undefined && body.input.value.trim() !== "") sent["content-type"] = body.type;
    return {
      url: `${path}${spelled === "" ? "" : `?${spelled}`}`,
      method: operation.method.toUpperCase(),
      headers: sent,
      body: body === undefined || body.input.value.trim() === "" ? undefined : body.input.value,
    };
  }

  function refresh() {
    curl.textContent = curlOf(request(), session);
  }

  async function submit(event) {
    event.preventDefault();
    const { url, method, headers: fields, body: text } = request();
    send.disabled = true;
    result.replaceChildren(el("p.quiet", {}, "Waiting for the answer."));
    const began = performance.now();
    try {
      const response = await fetch(url, { method, headers: fields, body: text, cache: "no-store" });
      const answer = await response.text();
      result.replaceChildren(...answerView(response, answer, performance.now() - began));
      session.noticed(operation, response, answer);
    } catch (error) {
      result.replaceChildren(el("p.failed", {}, `No answer: ${error.message}`));
    } finally {
      send.disabled = false;
    }
  }

  const form = el(
    "form.console",
    { submit: (event) => void submit(event), input: refresh, change: refresh, "aria-label": "Try it" },
    el("div.console-head", {}, el("h2", {}, "Try it"), who),
    ...inputs.filter(({ parameter }) => parameter.required).map(({ view }) => view),
    body?.view,
    filters.view,
    fold("Query", optional, operation.method === "get" && conditions.size === 0),
    fold("Header fields", headers, false),
    el("div.actions", {}, send),
    result,
    el(
      "div.curl-head",
      {},
      el("h3", {}, "curl"),
      copyButton("Copy", () => curl.textContent),
    ),
    curl,
  );
  session.subscribe(form, () => {
    who.textContent = session.text();
    refresh();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  refresh();
  return form;
}

function fold(title, members, open) {
  if (members.length === 0) return null;
  return el(
    "details.fold",
    { open },
    el("summary", {}, `${title} (${members.length})`),
    ...members.map(({ view }) => view),
  );
}

function parameterInput(parameter, { operationId }) {
  const id = `${operationId}-${parameter.in}-${parameter.name}`;
  const { schema } = parameter;
  const choices = schema.enum ?? (schema.type === "boolean" ? [true, false] : undefined);
  const input =
    choices === undefined
      ? el("input", {
          id,
          name: parameter.name,
          required: parameter.required,
          placeholder: placeholderOf(schema),
          inputmode: schema.type === "integer" || schema.type === "number" ? "numeric" : undefined,
          autocomplete: "off",
          spellcheck: "false",
        })
      : el(
          "select",
          { id, name: parameter.name, required: parameter.required },
          el("option", { value: "" }, ""),
          ...choices.map((one) => el("option", {}, String(one))),
        );
  const view = el("label.input", { for: id }, el("code", {}, parameter.name), input);
  return { parameter, input, view };
}

function placeholderOf(schema) {
  if (schema.default !== undefined) return String(schema.default);
  if (schema.contentMediaType !== undefined) return "{ }";
  if (schema.type === "array") return (schema.items?.enum ?? ["a", "b"]).slice(0, 2).join(",");
  return schema.format ?? "";
}

/** Rows of field, operator and value, as many as are wanted. */
function conditionRows(conditions, { operationId }) {
  if (conditions.size === 0) return { view: null, values: () => [] };
  const list = el("div.conditions", {});
  let count = 0;

  function add() {
    count++;
    const field = el(
      "select",
      { "aria-label": "Field" },
      ...[...conditions.keys()].map((name) => el("option", {}, name)),
    );
    const operator = el("select", { "aria-label": "Operator" });
    const value = el("input", {
      id: `${operationId}-condition-${count}`,
      "aria-label": "Value",
      autocomplete: "off",
      spellcheck: "false",
    });
    const choices = el("datalist", { id: `${value.id}-choices` });
    value.setAttribute("list", choices.id);
    const fill = () => {
      const known = conditions.get(field.value);
      operator.replaceChildren(...known.map((one) => el("option", {}, one.operator)));
      const { schema } = known[0].parameter;
      choices.replaceChildren(
        ...(schema.enum ?? (schema.type === "boolean" ? ["true", "false"] : [])).map((one) =>
          el("option", { value: one }),
        ),
      );
      value.placeholder = schema.format ?? schema.type ?? "";
    };
    field.addEventListener("change", fill);
    fill();
    const remove = el("button.icon-button", { type: "button", "aria-label": "Remove the condition" }, "×");
    const row = el("div.condition", {}, field, operator, value, remove, choices);
    remove.addEventListener("click", () => {
      row.remove();
      list.dispatchEvent(new Event("change", { bubbles: true }));
      more.focus();
    });
    list.append(row);
    field.focus();
  }

  const more = el("button.button.small", { type: "button", click: add }, "Add a condition");
  return {
    view: el("div.condition-block", {}, list, more),
    values: () =>
      [...list.children].map((row) => {
        const [field, operator, value] = row.querySelectorAll("select, input");
        const known = conditions.get(field.value).find((one) => one.operator === operator.value);
        return [known.parameter.name, value.value];
      }),
  };
}

function bodyInput(operation, { resolve }) {
  const content = operation.requestBody?.content;
  if (content === undefined) return undefined;
  const [[type, { schema }]] = Object.entries(content);
  const text = JSON.stringify(sample(schema, resolve), null, 2);
  const id = `${operation.operationId}-body`;
  const input = el("textarea", {
    id,
    rows: Math.min(18, Math.max(4, text.split("\n").length + 1)),
    spellcheck: "false",
    autocomplete: "off",
  });
  input.value = text;
  return { type, input, view: el("label.input", { for: id }, el("span", {}, "Body"), input) };
}

function answerView(response, text, milliseconds) {
  const type = response.headers.get("content-type") ?? "";
  const size = new Blob([text]).size;
  const fields = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const spent = el("span.quiet", {}, `${Math.round(milliseconds)} ms · ${size.toLocaleString("en")} bytes`);
  const view = [
    el("p.result-head", {}, statusText(response.status), el("span", {}, response.statusText), spent),
    el("details.fold", {}, el("summary", {}, "Header fields"), el("pre", { tabindex: "0" }, fields)),
  ];
  if (text === "") return [...view, el("p.quiet", {}, "No body.")];
  const shown = /json/.test(type) ? pretty(text) : text;
  return [
    ...view,
    el(
      "div.body-head",
      {},
      copyButton("Copy", () => shown),
    ),
    el(
      "pre.body",
      { tabindex: "0", "aria-label": "Body of the answer" },
      ...(/json/.test(type) ? colouredJson(shown) : [shown]),
    ),
  ];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Brackets are easier to read as they are, and servers take them so. */
function encodeName(name) {
  return encodeURIComponent(name).replaceAll("%5B", "[").replaceAll("%5D", "]");
}

function curlOf({ url, method, headers, body }, session) {
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}--globoff ${quote(location.origin + url)}`];
  const { "x-csrf-token": _, ...sent } = headers;
  if (session.usesCookie()) lines.push('-H "authorization: Bearer $TOKEN"');
  for (const [name, value] of Object.entries(sent)) lines.push(`-H ${quote(`${name}: ${value}`)}`);
  if (body !== undefined) lines.push(`--data-raw ${quote(body)}`);
  return lines.join(" \\\n  ");
}
