import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { silentLogger } from "../kit/logger.ts";
import { createRefusals } from "./refusals.ts";

it("says what every refusal says, each under the id of its request", async () => {
  const { headers, status, body } = await createRefusals(silentLogger).answer('an "id"');
  expect(status).toBe(503);
  expect(headers).toMatchObject({ "retry-after": "1", "content-type": "application/problem+json" });
  expect(JSON.parse(String(body))).toMatchObject({ status: 503, code: "overloaded", requestId: 'an "id"' });
});

it("is sent in the order in which the requests came, a turn's worth at a time", async () => {
  const refusals = createRefusals(silentLogger);
  const sent: number[] = [];
  const all = Promise.all(
    Array.from({ length: 600 }, async (_, index) => {
      await refusals.answer(String(index));
      sent.push(index);
    }),
  );
  await turn();
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.length).toBeLessThan(600);
  await all;
  expect(sent).toEqual(sent.toSorted((one, other) => one - other));
});

it("is a line of the log for all of a second, not for each", async () => {
  const told: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const refusals = createRefusals({
    ...silentLogger,
    warn(fields) {
      told.push(fields);
      resolve();
    },
  });
  await Promise.all(Array.from({ length: 40 }, (_, index) => refusals.answer(String(index))));
  await promise;
  expect(told).toEqual([{ refused: 40 }]);
});
