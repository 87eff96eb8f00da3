/** The description of the API, with what the page looks up in it. */
export async function loadDocument() {
  const response = await fetch("openapi.json");
  if (!response.ok) throw new Error(`openapi.json was answered ${response.status}.`);
  const document = await response.json();
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      path,
      method,
      tag: operation.tags?.[0] ?? "",
    })),
  );
  const byId = new Map(operations.map((operation) => [operation.operationId, operation]));

  /** Follows references; what is beside one stays. */
  function resolve(part) {
    const { $ref: reference, ...rest } = part ?? {};
    if (reference === undefined) return part ?? {};
    const found = reference
      .slice(2)
      .split("/")
      .reduce((at, step) => at?.[step], document);
    return { ...resolve(found), ...rest };
  }

  return {
    document,
    operations,
    byId,
    resolve,
    schemas: document.components.schemas,
    tags: document.tags.map((tag) => ({ ...tag, operations: operations.filter((one) => one.tag === tag.name) })),
  };
}

/** Name of the schema that a reference leads to. */
export function schemaName(schema) {
  return /^#\/components\/schemas\/(.+)$/.exec(schema?.$ref ?? "")?.[1];
}

/** The query parameters of an operation: those with a meaning of their own, and conditions by field. */
export function queryOf(operation, resolve) {
  const own = [];
  const conditions = new Map();
  const parameters = (operation.parameters ?? []).map(resolve).filter((one) => one.in === "query");
  const fields = new Set(parameters.flatMap(({ name }) => /^(.+)\[\w+\]$/.exec(name)?.[1] ?? []));
  for (const parameter of parameters) {
    const [, field = parameter.name, operator = "eq"] = /^(.+)\[(\w+)\]$/.exec(parameter.name) ?? [];
    // A parameter that is called like a field, such as limit, has no operator of its own.
    const isCondition = parameter.name !== field || (fields.has(field) && parameter.description === undefined);
    const isRuled = parameter.description === "Only for who may read the field.";
    if (!isCondition && !(isRuled && fields.has(field))) {
      own.push(parameter);
      continue;
    }
    if (!conditions.has(field)) conditions.set(field, []);
    conditions.get(field).push({ operator, parameter });
  }
  // Who lists records seldom knows the id already.
  const id = conditions.get("id");
  if (conditions.delete("id")) conditions.set("id", id);
  return { own, conditions };
}
