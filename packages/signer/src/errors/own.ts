/**
 * Reads a property once, and never from a polluted `Object.prototype`. For what callers hand in on hot paths: a class's
 * own getters count, which `checkOptions` leaves out.
 */
export function own<Given extends object, Name extends keyof Given>(given: Given, name: Name): Given[Name] | undefined {
  const value = given[name];
  return value !== undefined && name in Object.prototype && !Object.hasOwn(given, name) ? undefined : value;
}
