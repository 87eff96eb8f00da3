import { itemOf } from "../../schema/field.ts";
import { type CollectionModel, refsOf } from "../../schema/model.ts";

/** An index that a collection has. */
export interface DeclaredIndex {
  readonly unique: boolean;
  /** Names of fields; a minus in front is descending. */
  readonly keys: readonly string[];
}

/** Names of the lists that are indexed by their items, where the database can. */
export function indexedListsOf({ declaration: { indexes, fields } }: CollectionModel): string[] {
  const isList = (name: string): boolean => {
    const field = fields[name];
    return field !== undefined && itemOf(field) !== undefined;
  };
  return [...new Set(indexes.flat().filter(isList))];
}

/**
 * The indexes of a collection that have an order: the declared ones, one for each ref (its other side is looked up by it), and the
 * unique ones.
 */
export function indexesOf(collection: CollectionModel): DeclaredIndex[] {
  const { declaration } = collection;
  const lists = indexedListsOf(collection);
  const single = Object.entries(declaration.fields).flatMap(([name, field]) =>
    field.modifiers.unique ? [[name]] : [],
  );
  const sorted = [...declaration.indexes, ...refsOf(declaration).map(({ name }) => [name])].filter(
    (keys) => ![...single.flat(), ...lists].some((one) => keys.length === 1 && keys[0] === one),
  );
  const all: DeclaredIndex[] = [
    ...[...single, ...declaration.unique].map((keys) => ({ unique: true, keys })),
    // The id ends every order, in the direction of the last key: with it a page is one walk along the index.
    ...sorted.map((keys) => ({ unique: false, keys: [...keys, keys.at(-1)?.startsWith("-") ? "-id" : "id"] })),
  ];
  // What is declared twice, or declared and a ref, is one index.
  return [...new Map(all.map((index) => [`${index.unique} ${index.keys.join(",")}`, index])).values()];
}
