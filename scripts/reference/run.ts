// Writes docs/reference anew from what src says: npm run docs
import { writeFile } from "node:fs/promises";
import { referencePages } from "./pages.ts";

for (const [name, text] of await referencePages()) {
  await writeFile(new URL(`../../docs/reference/${name}`, import.meta.url), text);
}
