/** A schema of the SDK: kind, namespace, name, traits and contents; a number is a scalar. */
export type Schema = number | Composite | (() => Schema) | readonly [schema: Schema, traits: unknown];
type Composite = readonly [
  kind: number,
  namespace: string,
  name: string,
  traits: unknown,
  ...contents: readonly unknown[],
];

/** The paths of required members that an output lacks, by the SDK's schema of the output, at any depth. */
export function missingMembers(schema: Schema, value: unknown, at = ""): readonly string[] {
  const resolved = resolve(schema);
  if (resolved === undefined || value === undefined || value === null) return [];
  const [kind, , , , ...contents] = resolved;
  if (kind === 1 && Array.isArray(value)) {
    return value.flatMap((each, index) => missingMembers(contents[0] as Schema, each, `${at}[${index}]`));
  }
  if (kind === 2 && typeof value === "object") {
    return Object.entries(value).flatMap(([key, each]) => missingMembers(contents[1] as Schema, each, `${at}.${key}`));
  }
  if (kind !== 3 || typeof value !== "object") return [];
  const [names, schemas, required = 0] = contents as [readonly string[], readonly Schema[], number?];
  const fields = value as Readonly<Record<string, unknown>>;
  return names.flatMap((name, index) => {
    const path = at === "" ? name : `${at}.${name}`;
    if (fields[name] === undefined || fields[name] === null) return index < required ? [path] : [];
    return missingMembers(schemas[index] ?? 0, fields[name], path);
  });
}

/** The members of a schema's structures, those that are required first, by the structure's name. */
export function requiredOf(schema: Schema, found: Record<string, unknown> = {}): Readonly<Record<string, unknown>> {
  const resolved = resolve(schema);
  if (resolved === undefined) return found;
  const [kind, , name, , ...contents] = resolved;
  if (kind === 1 || kind === 2) {
    for (const each of contents) requiredOf(each as Schema, found);
  } else if (found[name] === undefined) {
    const [names, schemas, required = 0] = contents as [readonly string[], readonly Schema[], number?];
    found[name] = { required: names.slice(0, required).toSorted(), others: names.slice(required).toSorted() };
    for (const each of schemas) requiredOf(each, found);
  }
  return found;
}

function resolve(schema: Schema): Composite | undefined {
  if (typeof schema === "function") return resolve(schema());
  if (!Array.isArray(schema)) return undefined;
  return typeof schema[0] === "number" && schema.length > 3
    ? (schema as unknown as Composite)
    : schema.length === 2
      ? resolve(schema[0] as Schema)
      : undefined;
}
