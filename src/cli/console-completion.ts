import { type Field, hasOrder } from "../schema/field.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import { operatorsOf } from "../schema/operators.ts";
import { whereReaches } from "./where-reaches.ts";

/** What may stand in the selection of a method. */
const selections: Readonly<Record<string, readonly string[]>> = {
  find: ["where", "sort", "search"],
  list: ["where", "sort", "search", "limit", "after"],
  all: ["where", "sort", "search"],
  count: ["where", "search"],
};
const writes = new Set(["create", "createMany", "update"]);

/** A bracket that is open where somebody types, and what stands before it: the name of its key, or what is called. */
interface Bracket {
  readonly open: string;
  readonly name: string;
}

/** Where somebody types. */
interface Place {
  readonly brackets: readonly Bracket[];
  /** What stands between the last bracket or comma and the cursor, or the quote before the cursor. */
  readonly before: string;
  /** The text that is open at the cursor; undefined where none is. */
  readonly text: string | undefined;
}

/**
 * Finds what the word at the end of a line may become inside the parentheses of a repository's method: fields, operators, names to
 * sort by, choices. Undefined elsewhere, where JavaScript's own names are what is asked for.
 */
export function completeFields(line: string, model: Model): [found: string[], word: string] | undefined {
  const { brackets, before, text } = placeOf(line);
  const at = brackets.findLastIndex(({ open, name }) => open === "(" && callOf(name, model) !== undefined);
  const call = callOf(brackets[at]?.name ?? "", model);
  if (call === undefined) return undefined;
  const inside = brackets.slice(at + 1);
  const word = text ?? /\w*$/.exec(before)?.[0] ?? "";
  const names = namesAt(call, inside, before, text === undefined, model);
  return names && [names.filter((name) => name.startsWith(word)), word];
}

interface Call {
  readonly collection: CollectionModel;
  readonly method: string;
}

function callOf(name: string, model: Model): Call | undefined {
  const [, of = "", method = ""] = /(\w+)\.(\w+)$/.exec(name) ?? [];
  const collection = model.collections.get(of);
  if (collection === undefined || collection.declaration.internal) return undefined;
  return Object.hasOwn(selections, method) || writes.has(method) ? { collection, method } : undefined;
}

function namesAt(
  { collection, method }: Call,
  inside: readonly Bracket[],
  before: string,
  isKey: boolean,
  model: Model,
): readonly string[] | undefined {
  const last = inside.at(-1);
  if (last === undefined) return undefined;
  const keys = inside.map(({ name }) => name).filter((name) => name !== "");
  const key = isKey && last.open === "{" && /^\s*\w*$/.test(before);
  // A text that is the value of a key: the words of a choice are known.
  const [, of] = /^\s*(\w+)\s*:\s*$/.exec(before) ?? [];
  if (writes.has(method)) {
    if (keys.length > 0) return undefined;
    return key ? inputsOf(collection) : isKey || of === undefined ? undefined : choicesOf(collection.fields.get(of));
  }
  const [part, ...steps] = keys;
  if (part === undefined) return key ? selections[method] : undefined;
  if (part === "sort") return !isKey && last.open === "[" ? sortsOf(collection) : undefined;
  if (part !== "where") return undefined;
  const reached = whereReaches(collection, steps, model);
  if (reached === undefined) return undefined;
  if (!isKey) return choicesOf("field" in reached ? reached.field : reached.collection.fields.get(of ?? ""));
  if (!key) return undefined;
  return "field" in reached
    ? operatorsOf(reached.field.type.family)
    : [...new Set([...storedOf(reached.collection), ...reached.collection.relations.keys(), "and", "or", "not"])];
}

/** Hidden ones too: who may open a console may ask for them. */
function storedOf({ fields, computed }: CollectionModel): string[] {
  return [...fields.keys()].filter((name) => !computed.includes(name));
}

function sortsOf(collection: CollectionModel): string[] {
  const names = storedOf(collection).filter((name) => {
    const field = collection.fields.get(name);
    return field !== undefined && hasOrder(field);
  });
  return [...names, ...names.map((name) => `-${name}`)];
}

function inputsOf({ declaration: { id, fields }, computed }: CollectionModel): string[] {
  const names = Object.keys(fields).filter((name) => !computed.includes(name));
  return id === undefined ? names : ["id", ...names];
}

function choicesOf(field: Field | undefined): readonly string[] | undefined {
  return field?.type.options.choices;
}

/** Follows the brackets and texts of a line to its end. */
function placeOf(line: string): Place {
  const brackets: Bracket[] = [];
  let before = "";
  for (let index = 0; index < line.length; index++) {
    const letter = line.charAt(index);
    if (`"'\``.includes(letter)) {
      const end = endOfText(line, index);
      if (end === undefined) return { brackets, before, text: line.slice(index + 1) };
      // What is in a text opens and closes nothing; it may be a key.
      before += line.slice(index + 1, end);
      index = end;
    } else if ("({[".includes(letter)) {
      const [, key = ""] = /(\w+)\s*:\s*$/.exec(before) ?? [];
      brackets.push({ open: letter, name: letter === "(" ? before : key });
      before = "";
    } else if (")}]".includes(letter)) {
      brackets.pop();
      before = "";
    } else before = letter === "," || letter === ";" ? "" : before + letter;
  }
  return { brackets, before, text: undefined };
}

function endOfText(line: string, start: number): number | undefined {
  for (let index = start + 1; index < line.length; index++) {
    if (line[index] === "\\") index++;
    else if (line[index] === line[start]) return index;
  }
  return undefined;
}
