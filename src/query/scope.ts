import { isHidden } from "../schema/field.ts";
import type { CollectionModel, Model, Relation } from "../schema/model.ts";
import { always, type Predicate } from "./predicate.ts";

/**
 * What the author of a query may ask about. A query that could name a field its author can't see would give the field
 * away one comparison at a time, and so would a path through records that its author can't see.
 */
export interface Scope {
  /** Whether queries may name hidden fields too: those of the application's own code; never those of a client. */
  readonly namesHidden?: boolean;
  /** Whether queries may name the field. */
  mayName(collection: CollectionModel, field: string): boolean;
  /** Whether the author sees the field in any record at all. */
  maySee(collection: CollectionModel, field: string): boolean;
  /** Which records a relation path may pass through. */
  visible(collection: CollectionModel): Predicate;
}

/** The scope of code that acts without rules: rules themselves, and `db.unrestricted`. */
export const unrestrictedScope: Scope = {
  namesHidden: true,
  mayName: () => true,
  maySee: () => true,
  visible: () => always,
};

/** Whether a query may name a field: it is stored, and its author may see it. Secrets are compared by no query. */
export function isNameable(name: string, collection: CollectionModel, scope: Scope): boolean {
  const field = collection.fields.get(name);
  if (field === undefined || field.type.family === "none") return false;
  return (scope.namesHidden === true || !isHidden(field)) && scope.mayName(collection, name);
}

/** Whether a query may lead through a relation: its author may see the ref that makes it. */
export function leads(relation: Relation, collection: CollectionModel, target: CollectionModel, scope: Scope): boolean {
  return isNameable(relation.field, relation.kind === "many" ? target : collection, scope);
}

/** Names of the fields that a query may name. */
export function nameableFields(collection: CollectionModel, scope: Scope): string[] {
  return [...collection.fields.keys()].filter((name) => isNameable(name, collection, scope));
}

/** Names of the relations that a query may lead through. */
export function nameableRelations(collection: CollectionModel, model: Model, scope: Scope): string[] {
  return [...collection.relations.values()]
    .filter((relation) => leads(relation, collection, model.collection(relation.target), scope))
    .map(({ name }) => name);
}
