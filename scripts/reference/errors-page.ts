import { type ErrorCode, errorCodes } from "../../src/kit/error-codes.ts";
import { GalleyError } from "../../src/kit/galley-error.ts";
import { problem } from "../../src/kit/problem.ts";
import { errorGuide } from "../../src/openapi/error-guide.ts";
import { code, page, table } from "./markdown.ts";

/** `docs/reference/errors.md`: what every error is, and what to do. */
export function errorsPage(): string {
  const codes = Object.keys(errorCodes) as ErrorCode[];
  return page(
    "# Errors",
    "Every error, by every path and from every layer, is a problem of this shape (RFC 9457), as `application/problem+json`:",
    code("json", exampleProblem()),
    `- Programs go by \`code\`. It never changes its meaning; \`title\` and \`detail\` are for people and may be worded better one day.
- \`errors\` is there where places in the input were wrong. \`path\` is a JSON Pointer (RFC 6901) into the input, or \`/name\` of a query parameter.
- \`requestId\` is also the header field \`Request-Id\`. The server's log knows the request by it.
- \`type\` leads to this list: a server shows it at \`/docs/errors\`, with the errors that its own actions declare.`,
    table(
      ["code", "status", "title"],
      codes.map((one) => [`[\`${one}\`](#${one})`, String(errorCodes[one].status), errorCodes[one].title]),
    ),
    ...codes.map((one) => {
      const { status, title } = errorCodes[one];
      const { when, remedy } = errorGuide[one];
      return `## ${one}\n\n**${status}** ${title}.\n\n${when}\n\n*What to do:* ${remedy}`;
    }),
    "## Errors of an application",
    `An action declares errors of its own with a 4xx status, \`errors: { sold_out: 409 }\`, and throws them with
\`fail("sold_out", "Only 2 seats are left.")\`: [actions](../actions.md). They have the same shape, and each action's are listed in the
reference of the backend (\`/api/docs\`) and in \`openapi.json\`.`,
  );
}

function exampleProblem(): string {
  const errors = [{ path: "/price", code: "too_small", message: "must be at least 0" }];
  const error = new GalleyError("invalid_input", "price must be at least 0", { errors });
  const { body } = problem(error, "01a1f944-3dfb-757b-b60a-da560efbc916");
  return JSON.stringify(JSON.parse(String(body)), null, 2);
}
