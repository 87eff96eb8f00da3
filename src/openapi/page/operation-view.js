import { consoleView } from "./console.js";
import { queryOf } from "./document.js";
import { badge, el, inline, pathText, prose, statusText } from "./dom.js";
import { limits, schemaView, typeText } from "./schema-view.js";

/** Everything about one operation, and the console to try it. */
export function operationView(operation, api, session) {
  const { resolve } = api;
  const parameters = (operation.parameters ?? []).map(resolve);
  const placed = (place) => parameters.filter((one) => one.in === place);
  const { own, conditions } = queryOf(operation, resolve);
  const tryIt = consoleView(operation, api, session);
  return el(
    "article.operation",
    {},
    el(
      "header.operation-head",
      {},
      el("h1", {}, operation.summary ?? operation.operationId),
      el("p.address", {}, badge(operation.method), pathText(operation.path)),
      ...prose(operation.description),
      el(
        "button.button.small.to-console",
        { type: "button", click: () => tryIt.querySelector("input, textarea, button").focus() },
        "Try it",
      ),
    ),
    el(
      "div.columns",
      {},
      el(
        "div.about",
        {},
        parameterSection("In the path", placed("path")),
        parameterSection("In the query", own),
        conditionSection(conditions),
        bodySection(operation.requestBody, resolve),
        parameterSection("Header fields", placed("header")),
        responseSection(operation.responses, resolve),
      ),
      tryIt,
    ),
  );
}

function section(title, ...children) {
  return el("section", {}, el("h2", {}, title), ...children);
}

function parameterSection(title, parameters) {
  if (parameters.length === 0) return null;
  return section(
    title,
    el(
      "div.schema",
      {},
      ...parameters.map((parameter) =>
        el(
          "div.row",
          {},
          el("code.name", {}, parameter.name),
          typeText(parameter.schema),
          parameter.required && el("span.required", {}, "required"),
          limits(parameter.schema),
          parameter.description && el("span.note", {}, ...inline(parameter.description)),
        ),
      ),
    ),
  );
}

/** The conditions that a list takes, a row for each field. */
function conditionSection(conditions) {
  if (conditions.size === 0) return null;
  const rows = [...conditions].map(([field, operators]) => {
    const { parameter } = operators[0];
    const { enum: choices, ...bare } = parameter.schema;
    return el(
      "div.row",
      {},
      el("code.name", {}, field),
      typeText(bare),
      limits({ enum: choices }),
      el("span.operators", {}, ...operators.map(({ operator }) => el("code", {}, operator))),
      parameter.description && el("span.note", {}, parameter.description),
    );
  });
  return section(
    "Conditions",
    el(
      "p.quiet",
      {},
      ...inline(
        "Spelled `field=value`, or `field[operator]=value`; `in` and `nin` take values with commas between. All must hold.",
      ),
    ),
    el("div.schema", {}, ...rows),
  );
}

function bodySection(body, resolve) {
  if (body === undefined) return null;
  const [[, { schema }]] = Object.entries(body.content);
  return section(
    "Body",
    el(
      "p.quiet",
      {},
      ...Object.keys(body.content).flatMap((type, index) => [index === 0 ? "" : " or ", el("code", {}, type)]),
    ),
    schemaView(schema, resolve),
  );
}

function responseSection(responses, resolve) {
  const rows = Object.entries(responses).map(([status, response]) => {
    const { description, content, headers } = resolve(response);
    const schema = Object.values(content ?? {})[0]?.schema;
    const failed = Number(status) >= 400;
    const code = (text) =>
      failed ? el("a", { href: `../docs/errors#${text}` }, el("code", {}, text)) : el("code", {}, text);
    const details = el(
      "details.response",
      {},
      el("summary", {}, statusText(status), el("span.response-title", {}, ...inline(firstSentence(description)))),
    );
    details.addEventListener(
      "toggle",
      () => {
        const said = el("div.nested", {});
        if (failed) said.append(...prose(description, code));
        const names = Object.keys(headers ?? {});
        if (names.length > 0)
          said.append(
            el(
              "p.quiet",
              {},
              "Header fields: ",
              ...names.flatMap((name, index) => [index === 0 ? "" : ", ", el("code", {}, name)]),
            ),
          );
        if (schema !== undefined) said.append(schemaView(schema, resolve, true));
        details.append(said);
      },
      { once: true },
    );
    return details;
  });
  return section("Answers", el("div.schema", {}, ...rows));
}

/** Codes before the colon, where several errors share a status. */
function firstSentence(description) {
  const codes = [...description.matchAll(/^(`[a-z_]+`): /gm)].map(([, code]) => code);
  return codes.length > 1 ? codes.join(", ") : description.replace(/^(`[a-z_]+`): .*$/s, "$1");
}
