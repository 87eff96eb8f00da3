import type { Writer } from "../database/engine.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { stableStringify } from "../kit/stable-stringify.ts";
import { openWith, sealWith, sha256 } from "../kit/token.ts";
import { allOf, always, equal } from "../query/predicate.ts";
import { internalCollection } from "../schema/collection.ts";
import { choice } from "../schema/field-choice.ts";
import { text } from "../schema/field-text.ts";
import { timestamp } from "../schema/field-timestamp.ts";
import type { Model } from "../schema/model.ts";
import type { Principal } from "../schema/principal.ts";

/** How long an answer is kept, and how long a claim lasts that is not renewed: its server is gone then. */
const keptFor = 24 * 60 * 60 * 1000;
const runsFor = 60 * 1000;

/** Milliseconds after which a claim is renewed: often enough that one or two renewals may fail. */
export const renewsEvery = runsFor / 4;

/**
 * Requests by the hash of their key. The answer is sealed with the key itself, which isn't stored: answers hold session
 * tokens, and who reads the database must not be able to use them.
 */
export const idempotencyRecords = internalCollection("_idempotency", {
  id: text(),
  fields: {
    state: choice(["running", "done"]),
    fingerprint: text(),
    answer: text().optional(),
    expiresAt: timestamp(),
  },
  indexes: [["expiresAt"]],
});

/** A request that may come again, as plain data. */
export interface Idempotency {
  readonly id: string;
  /** The key itself, to seal and open the answer with. */
  readonly secret: string;
  /** Of everything that makes it the same request. */
  readonly fingerprint: string;
}

/** The identity of a request under a key; keys of one principal are not those of another. */
export function idempotencyOf(key: string, principal: Principal, request: unknown): Idempotency {
  return {
    id: sha256(`${principal.user?.id ?? principal.kind}\n${key}`),
    secret: key,
    // Under the key, which isn't stored: inputs hold passwords, and a bare hash of one can be guessed at leisure.
    fingerprint: sha256(`${key}\n${stableStringify(request)}`),
  };
}

/** The answer given before, if there is one. @throws GalleyError `idempotency_mismatch`, `idempotency_in_progress` */
export async function recall(
  request: Idempotency,
  writer: Writer,
  model: Model,
  now: string,
  claimed: boolean,
): Promise<{ readonly result: unknown } | undefined> {
  const known = await writer.get(model.collection(idempotencyRecords.name), request.id, always);
  if (known === undefined || String(known["expiresAt"]) <= now) return undefined;
  if (known["fingerprint"] !== request.fingerprint) {
    throw new GalleyError(
      "idempotency_mismatch",
      "This Idempotency-Key was used for another request; use a new key for a new request.",
    );
  }
  if (known["state"] === "running") {
    if (claimed) return undefined;
    throw new GalleyError(
      "idempotency_in_progress",
      "The first request with this Idempotency-Key is still running; ask again shortly.",
      {
        headers: { "retry-after": "1" },
      },
    );
  }
  const answer = openWith(request.secret, Buffer.from(String(known["answer"]), "base64"));
  if (answer === undefined) throw new Error("A stored answer can't be opened with its Idempotency-Key.");
  return { result: JSON.parse(answer) as unknown };
}

/** Marks a request as running, or as running still, for operations that do something before their transaction. */
export async function claim(request: Idempotency, writer: Writer, model: Model, now: string): Promise<void> {
  await store(request, writer, model, now, { state: "running", answer: null, expiresAt: later(now, runsFor) });
}

/** Keeps the answer, in the transaction of the effect. */
export async function remember(
  request: Idempotency,
  result: unknown,
  writer: Writer,
  model: Model,
  now: string,
): Promise<void> {
  const answer = Buffer.from(sealWith(request.secret, JSON.stringify(result ?? null))).toString("base64");
  await store(request, writer, model, now, { state: "done", answer, expiresAt: later(now, keptFor) });
}

/**
 * Frees the key of a request that failed before it had an effect. An answer that is kept stays: where the connection broke while
 * the effect was committed, that looks like a failure, and a repetition would do it a second time.
 */
export async function release(request: Idempotency, writer: Writer, model: Model): Promise<void> {
  const where = allOf([equal("id", request.id), equal("state", "running")]);
  await writer.removeAll(model.collection(idempotencyRecords.name), where);
}

async function store(
  request: Idempotency,
  writer: Writer,
  model: Model,
  now: string,
  fields: Record<string, unknown>,
): Promise<void> {
  const collection = model.collection(idempotencyRecords.name);
  await writer.removeAll(collection, {
    kind: "compare",
    field: "expiresAt",
    path: [],
    comparison: "lte",
    operand: now,
  });
  await writer.remove(collection, request.id);
  await writer.insert(collection, {
    id: request.id,
    fingerprint: request.fingerprint,
    ...fields,
    createdAt: now,
    updatedAt: now,
    version: 1,
  });
}

function later(now: string, milliseconds: number): string {
  return new Date(Date.parse(now) + milliseconds).toISOString();
}
