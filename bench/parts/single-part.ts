import type { Part } from "./part.ts";
import { worksPart } from "./works-part.ts";

/** The same with one thread or process each: two processes that write one file hold each other up, and one has a core of its own. */
export const singlePart: Part = {
  name: "single",
  title: "The same work, one thread or process each",
  run: (bench) => worksPart.run({ ...bench, threads: 1 }),
};
