import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { pageNames } from "./page-names.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("the index lists every page once, as a plain list of links under headings", async () => {
  const lines = (await readFile(join(root, "docs/README.md"), "utf8")).split("\n");
  const items = lines.filter((line) => line.startsWith("- ")).map((line) => /^- \[[^\]]+\]\(([^)#]+)\)$/.exec(line)?.[1] ?? line);
  expect(items.toSorted((one, other) => (one < other ? -1 : 1))).toEqual((await pageNames()).filter((name) => name !== "README.md"));
  expect(lines.filter((line) => line.startsWith("## "))).toEqual(["## Guide", "## Reference", "## More"]);
});

test("every link in the documentation leads to a file, and to a heading of it", async () => {
  const files = ["README.md", "CONTRIBUTING.md", "template/README.md", ...(await pageNames()).map((name) => `docs/${name}`)];
  const broken: string[] = [];
  let count = 0;
  for (const file of files) {
    for (const [, link = ""] of (await readFile(join(root, file), "utf8")).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      count++;
      const [path = "", heading] = link.split("#");
      // An application has the package where the template says; here it is the repository.
      const target = join(dirname(file), path).replace("template/node_modules/galley/", "");
      if (!(await leads(path === "" ? file : target, heading))) broken.push(`${file}: ${link}`);
    }
  }
  expect(broken).toEqual([]);
  expect(count).toBeGreaterThan(50);
});

async function leads(target: string, heading: string | undefined): Promise<boolean> {
  if (heading !== undefined) {
    const text = await readFile(join(root, target), "utf8").catch(() => "");
    return [...text.matchAll(/^#+ (.*)$/gm)].some(([, title = ""]) => anchorOf(title) === heading);
  }
  const inFolder: string[] = await readdir(join(root, dirname(target))).catch(() => []);
  return inFolder.includes(target.split("/").at(-1) ?? "");
}

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}_ -]/gu, "")
    .replaceAll(" ", "-");
}
