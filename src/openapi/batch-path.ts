import type { Operations } from "../operations/operation.ts";
import type { Described, Writing } from "./operation-object.ts";

/** The operation that runs others in one transaction. */
export function batchPath(operations: Operations, { components, identify }: Writing): Described {
  const members = [...operations.values()].filter(
    ({ name, mode, action }) =>
      mode !== "outside" && name !== "batch" && action?.session === undefined && action?.limit === undefined,
  );
  const member = components.define("BatchMember", {
    type: "object",
    properties: {
      operation: { type: "string", enum: members.map(({ name }) => name) },
      input: {
        description:
          "What the operation takes alone: its body; the id beside the fields where its path has one; the query of a list as for search.",
      },
      ifMatch: { type: "string", description: "The entity tag that the record must still have" },
    },
    required: ["operation"],
    additionalProperties: false,
  });
  return {
    method: "post",
    path: "/api/batch",
    operationId: identify("batch"),
    tag: "batch",
    summary: "Runs many operations in one transaction: all or none",
    description: "Each is checked as if it were called alone; in an error, paths begin with the index of the member.",
    audience: { open: true, text: "For everyone, as far as each operation is." },
    parameters: [],
    body: { types: ["application/json"], schema: { type: "array", items: member, maxItems: 1000 }, required: true },
    answers: {
      "200": {
        description: "What each operation answers, in the order of the request",
        schema: {
          type: "object",
          properties: { data: { type: "array", items: { description: "What the operation answers alone" } } },
          required: ["data"],
          additionalProperties: false,
        },
      },
    },
    errors: operations.get("batch")?.errors ?? [],
    own: Object.assign({}, ...members.map(({ action }) => action?.errors ?? {})) as NonNullable<Described["own"]>,
  };
}
