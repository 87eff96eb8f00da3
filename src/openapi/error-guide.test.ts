import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { errorCodes, type ErrorCode } from "../kit/error-codes.ts";
import { errorGuide } from "./error-guide.ts";

const documentation = readFileSync(new URL("../../docs/reference/errors.md", import.meta.url), "utf8");
const codes = Object.keys(errorCodes) as ErrorCode[];

test("the documentation has a section for every code of the registry, and for no other", () => {
  const sections = [...documentation.matchAll(/^## ([a-z_]+)$/gm)].map(([, code]) => String(code));
  expect(sections.toSorted()).toEqual(codes.toSorted());
  const rows = [...documentation.matchAll(/^\| \[`([a-z_]+)`\]\(#\1\) \| (\d+) \| (.*) \|$/gm)];
  expect(rows.map(([, code, status, title]) => ({ code, status: Number(status), title }))).toEqual(
    sections.map((code) => ({ code, ...errorCodes[code as ErrorCode] })),
  );
});

test.each(codes)("the documentation of %s says status, title, when, and what to do, in the guide's words", (code) => {
  const { status, title } = errorCodes[code];
  const { when, remedy } = errorGuide[code];
  expect(documentation).toContain(`## ${code}\n\n**${status}** ${title}.\n\n${when}\n\n*What to do:* ${remedy}\n`);
});
