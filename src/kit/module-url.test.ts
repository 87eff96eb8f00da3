import { expect, it } from "vitest";
import { moduleUrl } from "./module-url.ts";

it("finds a module beside a source, and beside what was built from it", () => {
  expect(moduleUrl("writer-thread", "file:///app/src/start.ts").href).toBe("file:///app/src/writer-thread.ts");
  expect(moduleUrl("writer-thread", "file:///app/dist/start.js").href).toBe("file:///app/dist/writer-thread.js");
});
