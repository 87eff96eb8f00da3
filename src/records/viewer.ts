import { matches } from "../query/evaluate.ts";
import { always, type Predicate } from "../query/predicate.ts";
import type { Scope } from "../query/scope.ts";
import type { Row } from "../query/sort.ts";
import { type Field, isHidden } from "../schema/field.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import type { Principal } from "../schema/principal.ts";
import { decide, type Permission, permissionFor, predicateOf } from "./permission.ts";

/** What one caller sees: of collections, of fields, of a record. Made for one request. */
export interface Viewer {
  /** Which records of a collection the caller may read. */
  read(collection: CollectionModel): Permission;
  /** What the caller's queries may name. */
  readonly scope: Scope;
  /** A record as the caller sees it: without hidden and unreadable fields, with the computed ones. */
  present(collection: CollectionModel, row: Row, select?: readonly string[]): Record<string, unknown>;
  /** Names of the fields that the caller sees of every record; undefined where that depends, or has to be computed. */
  plain(collection: CollectionModel, select?: readonly string[]): readonly string[] | undefined;
  /** Whether the caller sees a field of a record. */
  sees(collection: CollectionModel, field: string, row: Row): boolean;
  /** Whether the caller may set a field of a record. */
  maySet(collection: CollectionModel, field: string, row: Row): boolean;
}

/** Creates what the caller of one request sees. */
export function createViewer(model: Model, principal: Principal, now: string): Viewer {
  const reads = new Map<string, Permission>();
  const fields = new Map<string, Permission>();

  function read(collection: CollectionModel): Permission {
    let permission = reads.get(collection.name);
    if (permission === undefined) {
      permission = permissionFor("read", collection, model, principal, now);
      reads.set(collection.name, permission);
    }
    return permission;
  }

  function fieldPermission(what: "readable" | "writable", collection: CollectionModel, name: string): Permission {
    const rule = collection.fields.get(name)?.modifiers[what];
    if (rule === undefined) return always;
    const key = `${what} ${collection.name}.${name}`;
    let permission = fields.get(key);
    if (permission === undefined) {
      permission = decide(rule, collection, model, principal, now);
      fields.set(key, permission);
    }
    return permission;
  }

  function holds(permission: Permission, collection: CollectionModel, row: Row): boolean {
    return matchesAlone(predicateOf(permission), collection, row);
  }

  function shows(field: Field, name: string, collection: CollectionModel, row: Row): boolean {
    if (isHidden(field)) return false;
    return (
      field.modifiers.readable === undefined || holds(fieldPermission("readable", collection, name), collection, row)
    );
  }

  return {
    read,
    sees(collection, name, row) {
      const field = collection.fields.get(name);
      return field !== undefined && shows(field, name, collection, row);
    },
    scope: {
      mayName: (collection, field) => {
        const known = collection.fields.get(field);
        return (
          known !== undefined &&
          !isHidden(known) &&
          predicateOf(fieldPermission("readable", collection, field)).kind === "always"
        );
      },
      maySee: (collection, field) => predicateOf(fieldPermission("readable", collection, field)).kind !== "never",
      visible: (collection): Predicate => predicateOf(read(collection)),
    },
    present(collection, row, select) {
      const record: Record<string, unknown> = {};
      for (const { name, restricted, compute } of collection.shown) {
        if (select !== undefined && name !== "id" && !select.includes(name)) continue;
        if (restricted && !holds(fieldPermission("readable", collection, name), collection, row)) continue;
        record[name] = (compute === undefined ? row[name] : compute(row as never)) ?? null;
      }
      return record;
    },
    plain(collection, select) {
      if (select === undefined && collection.plain !== undefined) return collection.plain;
      const names: string[] = [];
      for (const { name, restricted, compute } of collection.shown) {
        if (select !== undefined && name !== "id" && !select.includes(name)) continue;
        if (compute !== undefined) return undefined;
        const { kind } = restricted ? predicateOf(fieldPermission("readable", collection, name)) : always;
        if (kind === "always") names.push(name);
        else if (kind !== "never") return undefined;
      }
      return names;
    },
    maySet: (collection, field, row) => holds(fieldPermission("writable", collection, field), collection, row),
  };
}

/** Whether a record matches a predicate that asks for nothing beside the record. */
export function matchesAlone(predicate: Predicate, collection: CollectionModel, row: Row): boolean {
  return matches(predicate, row, {
    searched: collection.searched,
    related: (relation) => {
      throw new Error(
        `A rule of ${collection.name} leads through "${relation}", which can't be decided from the record alone.`,
      );
    },
  });
}
