import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { runInNewContext } from "node:vm";
import * as galley from "../../src/index.ts";
import { type Field, type Fields, isField } from "../../src/schema/field.ts";
import { type Entry, functionNote, type Note, optionsOf } from "./source-notes.ts";

/** A function that `galley` exports to make a field, with all that is said of it where it is defined. */
export interface FieldBuilder {
  readonly name: string;
  readonly note: Note;
  readonly options: readonly Entry[];
  /** The example as a module that can be run. */
  readonly program: string;
  /** The field that the example makes. */
  readonly field: Field;
}

/** Every builder, by name. */
export function fieldBuilders(): FieldBuilder[] {
  const front = readSource("index.ts");
  const found = [...front.matchAll(/^export \{ ([^}]*) \} from "\.\/(schema\/field-[a-z]+\.ts)";$/gm)];
  return found
    .flatMap(([, names = "", file = ""]) => names.split(", ").map((name) => ({ name, file })))
    .filter(({ name }) => /^[a-z]\w*$/.test(name))
    .map(({ name, file }) => readBuilder(name, readSource(file)))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** The text of a file of src. */
export function readSource(file: string): string {
  return readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8");
}

function readBuilder(name: string, source: string): FieldBuilder {
  const note = functionNote(source, name);
  if (note.example === "") throw new Error(`${name} has no @example where it is defined.`);
  // An example is the fields of a collection, or statements where a builder is for something else.
  const isFields = !note.example.startsWith("const ");
  const fields = note.example.replaceAll(/^/gm, "    ").replace(/,?$/, ",");
  const statements = isFields
    ? `const things = collection("things", {\n  fields: {\n${fields}\n  },\n});`
    : note.example;
  const declared = [...statements.matchAll(/^const (\w+) = (collection|action)\(/gm)];
  const listed = ["collection", "action"].flatMap((kind) => {
    const names = declared.filter(([, , one]) => one === kind).map(([, one]) => one);
    return names.length === 0 ? [] : [`${kind}s: [${names.join(", ")}]`];
  });
  const body = `${statements}\n\nexport default backend({ ${listed.join(", ")} });`;
  const used = [...body.matchAll(/(?<![.\w])(\w+)\(/g)].map(([, word = ""]) => word);
  const imports = [...new Set(used)].filter((word) => Object.hasOwn(galley, word)).toSorted();
  const program = `import { ${imports.join(", ")} } from "galley";\n\n${body}`;
  return { name, note, options: optionsOf(source, name), program, field: madeBy(body, name) };
}

function madeBy(body: string, name: string): Field {
  const script = stripTypeScriptTypes(body.replace("export default", "globalThis.made ="));
  const context: { made?: galley.Backend; [name: string]: unknown } = { ...galley };
  runInNewContext(script, context);
  const { collections = [], actions = [] } = context.made ?? {};
  const found = [...collections.map(({ fields }) => fields), ...actions.map(({ output }) => output)]
    .filter((fields): fields is Fields => typeof fields === "object" && fields !== null)
    .flatMap((fields) => Object.values(fields).filter(isField))
    .find(({ type }) => type.name === name);
  if (found === undefined) throw new Error(`The @example of ${name} makes no such field.`);
  return found;
}
