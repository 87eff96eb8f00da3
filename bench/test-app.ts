// What it costs to start an application for a test: the first one of a definition, which checks it and makes an empty database,
// and those that follow; and a first request. Milliseconds, medians of the later ones.
// Run it with: node --conditions=galley-source bench/test-app.ts
import { type Backend, backend, boolean, choice, collection, integer, owner, ref, role, text } from "galley";
import { createTestApp } from "galley/testing";
import shop from "../examples/shop/backend.ts";

const starts = 50;

/** A backend of so many collections that refer to each other. */
function backendOf(count: number): Backend {
  const collections = Array.from({ length: count }, (_, index) =>
    collection(`things${index}`, {
      fields: {
        owner: ref("users", { inverse: `things${index}s` }),
        parent: ref(`things${Math.max(0, index - 1)}`, { inverse: `children${index}` }).optional(),
        title: text({ max: 100 }).search(),
        code: text().unique(),
        size: integer(),
        weight: integer(),
        state: choice(["open", "done"]),
        public: boolean(),
      },
      access: { read: owner("owner").or(owner("parent.owner")), write: owner("owner").or(role("admin")) },
      indexes: [["size"], ["weight", "-size"]],
    }),
  );
  return backend({ collections });
}

async function start(definition: Backend): Promise<{ readonly start: number; readonly request: number }> {
  const began = performance.now();
  await using app = await createTestApp(definition);
  const started = performance.now();
  await app.get("/api/users");
  return { start: started - began, request: performance.now() - started };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const shown = (value: number): string => value.toFixed(2).padStart(8);

console.log("                         first  request    later  request");
for (const [name, definition] of [
  ["the shop, 9 collections", shop],
  ["10 collections", backendOf(10)],
  ["50 collections", backendOf(50)],
  ["100 collections", backendOf(100)],
] as const) {
  const first = await start(definition);
  const later: (typeof first)[] = [];
  for (let count = 0; count < starts; count++) later.push(await start(definition));
  const [starting, asking] = [later.map((one) => one.start), later.map((one) => one.request)];
  const figures = [first.start, first.request, median(starting), median(asking)].map(shown).join(" ");
  console.log(`${name.padEnd(22)}${figures}`);
}
