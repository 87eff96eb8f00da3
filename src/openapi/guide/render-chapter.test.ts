import { expect, test } from "vitest";
import { renderChapter } from "./render-chapter.ts";

const render = async (text: string) => (await renderChapter(text, (href) => ({ href }))).html;

test("HTML in Markdown is text, and its comments are for who writes it", async () => {
  const html = await render(
    'Before <script>alert(1)</script> <img src="x" onerror="alert(1)">\n\n<iframe src="//x"></iframe>\n\n<!-- later -->\n\nAfter',
  );
  expect(html).not.toMatch(/<(?:script|img|iframe)|later/);
  expect(html).toContain("&#60;script&#62;alert(1)&#60;/script&#62;");
  expect(html).toContain("&#60;iframe");
  expect(html).toContain("<p>After</p>");
});

test("what stands in code, links and headings can't become markup", async () => {
  const html = await render(
    '# A <b>b</b> "c"\n\n```ts\n"</code><script>"\n```\n\n`<i>` [x](https://x/?a="onclick=) \\<u>',
  );
  expect(html).not.toMatch(/<(?:b|script|i|u)>/);
  expect(html).not.toMatch(/"onclick/);
});

test("a heading has the id that GitHub gives it, and a link to itself", async () => {
  const { html, sections } = await renderChapter(
    "# Rules\n\n## Who may `create`?\n\none\n\n## Who may create?\n\ntwo\n\n### invalid_input\n\n## Größe & Maß",
    () => undefined,
  );
  expect(sections.map(({ id, depth }) => [depth, id])).toEqual([
    [1, "rules"],
    [2, "who-may-create"],
    [2, "who-may-create-1"],
    [3, "invalid_input"],
    [2, "größe--maß"],
  ]);
  expect(sections[1]).toMatchObject({ title: "Who may create?", text: expect.stringContaining("one") });
  for (const { id } of sections) expect(html).toContain(` id="${id}"`);
  expect(html).toContain('<a class="anchor" href="#who-may-create-1" aria-label="Link to Who may create?">');
});

test("a link leads where it is told to, or is its text alone", async () => {
  const { html } = await renderChapter("[Rules](rules.md#owners) and [`execute`](../src/execute.ts)", (href) =>
    href.startsWith("rules") ? { href: "guide/rules#owners", note: "Who <may>." } : undefined,
  );
  expect(html).toContain('<a href="guide/rules#owners">Rules</a> <span class="note">Who &#60;may&#62;.</span>');
  expect(html).toContain("and <code>execute</code></p>");
});

test("a table can be scrolled by itself, and a header without words is none", async () => {
  const html = await render("| a | |\n|---|---|\n| 1 | `2` |");
  expect(html).toMatch(/^<div class="table"><table>[\s\S]*<td><code>2<\/code><\/td>[\s\S]*<\/table>\s*<\/div>\s*$/);
  expect(html).toMatch(/<th>a<\/th>\s*<td><\/td>/);
});
