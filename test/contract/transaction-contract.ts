import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { TransactionTimeout } from "../../src/database/deadline.ts";
import type { Engine, Writer } from "../../src/database/engine.ts";
import { always } from "../../src/query/predicate.ts";
import { collection } from "../../src/schema/collection.ts";
import { integer } from "../../src/schema/field-number.ts";
import { text } from "../../src/schema/field-text.ts";
import { createModel } from "../../src/schema/model.ts";
import { type CreateHome, recordOf, withEngine } from "./engine-home.ts";

const model = createModel([
  collection("counters", { id: text({ min: 1, max: 200 }), fields: { name: text().unique(), value: integer() } }),
]);
const counters = model.collection("counters");
const counter = (id: string, value = 0) => recordOf({ id, name: id, value });

/** An engine runs works one after another, whole or not at all, and lets none of them hold up the others for long. */
export function describeTransactions(createHome: CreateHome): void {
  const withCounters = (work: (engine: Engine) => Promise<void>, transactionTime = 2000) =>
    withEngine(createHome, model, work, { transactionTime });
  const idsOf = async (engine: Engine): Promise<unknown[]> => {
    const order = [{ field: "id", descending: false }];
    const rows = await engine.read((reader) =>
      reader.select(counters, { where: always, order, limit: 1000, after: undefined }),
    );
    return rows.map((row) => row["id"]);
  };

  describe("transactions", () => {
    it("runs works as if one after another: fifty that each add one add fifty", () =>
      withCounters(async (engine) => {
        await engine.write((writer) => writer.insert(counters, counter("a")));
        const add = (writer: Writer): Promise<void> =>
          writer
            .get(counters, "a", always)
            .then((row) => writer.update(counters, "a", { value: Number(row?.["value"]) + 1 }));
        await Promise.all(Array.from({ length: 50 }, () => engine.write(add)));
        const row = await engine.read((reader) => reader.get(counters, "a", always));
        expect(row).toMatchObject({ value: 50 });
      }));

    it("answers each work with what it returned, or with what it threw", () =>
      withCounters(async (engine) => {
        const mistake = new Error("mine");
        const answers = await Promise.allSettled([
          engine.write(() => Promise.resolve("one")),
          engine.write(() => Promise.reject(mistake)),
          engine.write((writer) => writer.count(counters, always)),
        ]);
        expect(answers).toEqual([
          { status: "fulfilled", value: "one" },
          { status: "rejected", reason: mistake },
          { status: "fulfilled", value: 0 },
        ]);
      }));

    it("answers a work that fails after a write was refused with the refusal, which it would have met first", () =>
      withCounters(async (engine) => {
        await engine.write((writer) => writer.insert(counters, counter("a")));
        const work = engine.write(async (writer) => {
          await writer.insert(counters, recordOf({ id: "b", name: "a", value: 0 }));
          throw new Error("mine");
        });
        await expect(work).rejects.toMatchObject({ code: "conflict", errors: [{ path: "/name", code: "not_unique" }] });
      }));

    it("takes back all that a failed work did, and nothing of those that ran beside it", () =>
      withCounters(async (engine) => {
        await Promise.allSettled(
          ["a", "b", "c", "d"].map((id) =>
            engine.write(async (writer) => {
              await writer.insert(counters, counter(id));
              await writer.insert(counters, counter(`${id}2`));
              if (id === "b") throw new Error("no");
              // The same name twice: only the database can know.
              if (id === "c") await writer.insert(counters, recordOf({ id: "c3", name: "c", value: 0 }));
            }),
          ),
        );
        expect(await idsOf(engine)).toEqual(["a", "a2", "d", "d2"]);
      }));

    it("shows a work what it has written itself, and nobody what is not committed", () =>
      withCounters(async (engine) => {
        const gate = Promise.withResolvers<void>();
        const inserted = Promise.withResolvers<number>();
        const work = engine.write(async (writer) => {
          await writer.insert(counters, counter("a"));
          inserted.resolve(await writer.count(counters, always));
          await gate.promise;
          throw new Error("never mind");
        });
        expect(await inserted.promise).toBe(1);
        const seen = engine.read((reader) => reader.count(counters, always));
        await sleep(5);
        gate.resolve();
        await expect(work).rejects.toThrow("never mind");
        expect(await seen).toBe(0);
        expect(await idsOf(engine)).toEqual([]);
      }));

    it("stops a work that waits too long, keeps nothing of it, and lets the others pass", () =>
      withCounters(async (engine) => {
        let late: Promise<unknown> | undefined;
        const answers = await Promise.allSettled([
          engine.write((writer) => writer.insert(counters, counter("before"))),
          engine.write(async (writer) => {
            await writer.insert(counters, counter("waits"));
            await sleep(900);
            late = writer.insert(counters, counter("late"));
            await late;
          }),
          engine.write((writer) => writer.insert(counters, counter("after"))),
        ]);
        expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
        expect(answers[1]).toMatchObject({ reason: expect.any(TransactionTimeout) as unknown });
        await sleep(900);
        await expect(late).rejects.toThrow("has ended");
        expect(await idsOf(engine)).toEqual(["after", "before"]);
      }, 500));

    it("stops a work that never waits and never ends", () =>
      withCounters(async (engine) => {
        const busy: Promise<void> = engine.write(async (writer) => {
          await writer.insert(counters, counter("busy"));
          for (;;) await writer.count(counters, always);
        });
        const careless = engine.write(async (writer) => {
          await writer.insert(counters, counter("careless"));
          try {
            for (;;) await writer.count(counters, always);
          } catch {
            // As if nothing had happened.
          }
        });
        await expect(careless).rejects.toThrow(TransactionTimeout);
        await expect(busy).rejects.toThrow(TransactionTimeout);
        expect(await idsOf(engine)).toEqual([]);
      }, 500));

    it("gives a work the time that is asked for it", () =>
      withCounters(async (engine) => {
        await engine.write(
          async (writer) => {
            await sleep(60);
            await writer.insert(counters, counter("patient"));
          },
          { milliseconds: 5000 },
        );
        await expect(engine.write(() => sleep(200), { milliseconds: 20 })).rejects.toThrow("20 ms");
        expect(await idsOf(engine)).toEqual(["patient"]);
      }, 30));

    it("takes the writer away from a work that has ended", () =>
      withCounters(async (engine) => {
        const kept = await engine.write((writer) => Promise.resolve({ writer }));
        await expect(kept.writer.insert(counters, counter("a"))).rejects.toThrow("has ended");
        await expect(kept.writer.count(counters, always)).rejects.toThrow("has ended");
        expect(await idsOf(engine)).toEqual([]);
      }));

    it("counts the works that wait, and finishes them before it closes", async () => {
      const home = createHome();
      const engine = home.open(model);
      await engine.migrate(model);
      const writes = ["a", "b", "c"].map((id) => engine.write((writer) => writer.insert(counters, counter(id))));
      expect(engine.waiting).toBeGreaterThan(0);
      await engine.close();
      expect((await Promise.allSettled(writes)).map(({ status }) => status)).toEqual(Array(3).fill("fulfilled"));
      if (home.keeps) {
        const again = home.open(model);
        expect(await idsOf(again)).toEqual(["a", "b", "c"]);
        await again.close();
      }
      await home.remove();
    });

    it("answers a ping while it can be used", () => withCounters((engine) => engine.ping()));
  });
}
