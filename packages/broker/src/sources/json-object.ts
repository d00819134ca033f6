/** An object of JSON text that inherits nothing; empty for text that is not one. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return objectOf(undefined);
  }
}

/** The own members of a value; empty for a value that is not an object. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return Object.assign(Object.create(null) as Record<string, unknown>, typeof value === "object" ? value : undefined);
}

/** A member that is text and not empty. */
export function textOf(members: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = members[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
