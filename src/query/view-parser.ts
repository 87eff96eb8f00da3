import { isHidden } from "../schema/field.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { Include, View } from "./query.ts";
import { type QueryContext, readNames, reportUnknown } from "./query-input.ts";
import type { QueryReport } from "./query-report.ts";
import { leads, nameableFields, nameableRelations } from "./scope.ts";

const mostIncludes = 10;
const deepestInclude = 4;

/** Reads `select` and `include`. What is wrong is added to the report. */
export function parseView(given: Record<string, unknown>, context: QueryContext, report: QueryReport): View {
  const select = given["select"] === undefined ? undefined : readNames(given["select"], "/select", report);
  for (const name of select ?? []) {
    const field = context.collection.fields.get(name);
    // What somebody sees in some records only is left out of the others.
    if (field === undefined || isHidden(field) || !context.scope.maySee(context.collection, name)) {
      reportUnknown(name, "/select", report, nameableFields(context.collection, context.scope));
    }
  }
  const paths = readNames(given["include"], "/include", report);
  if (paths.length > mostIncludes) {
    report.add("/include", "too_many", `names more than ${mostIncludes} relations`);
    return { select, include: [] };
  }
  const steps = paths.map((path) => path.split("."));
  if (steps.some(({ length }) => length > deepestInclude)) {
    report.add("/include", "too_deep", `leads through more than ${deepestInclude} relations`);
    return { select, include: [] };
  }
  return { select, include: parseInclude(steps, context.collection, context, report) };
}

/** Makes a tree of paths: `author.city` and `author.country` load the author once. */
function parseInclude(
  paths: readonly (readonly string[])[],
  collection: CollectionModel,
  context: QueryContext,
  report: QueryReport,
): Include[] {
  const branches = Map.groupBy(
    paths.filter((path) => path.length > 0),
    ([first = ""]) => first,
  );
  return [...branches].flatMap(([name, members]) => {
    const relation = collection.relations.get(name);
    const target = relation && context.model.collection(relation.target);
    if (relation === undefined || target === undefined || !leads(relation, collection, target, context.scope)) {
      const known = nameableRelations(collection, context.model, context.scope);
      reportUnknown(name, "/include", report, known, `a relation of ${collection.name}`);
      return [];
    }
    const beyond = members.map((path) => path.slice(1));
    return [{ relation: name, include: parseInclude(beyond, target, context, report) }];
  });
}
