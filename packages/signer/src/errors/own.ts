/**
 * Reads a property once, and never from a polluted `Object.prototype`. It is for hot paths that take callers' objects.
 * Unlike `checkOptions` it also reads getters of a class.
 */
export function own<Given extends object, Name extends keyof Given>(given: Given, name: Name): Given[Name] | undefined {
  const value = given[name];
  return value !== undefined && name in Object.prototype && !Object.hasOwn(given, name) ? undefined : value;
}
