/**
 * Copies own properties into an object that inherits nothing. The platform's constructors and `fetch` read their options
 * with the prototype, so that a polluted `Object.prototype` would reach them.
 */
export function own<Fields extends object>(...parts: readonly (Partial<Fields> | null | undefined)[]): Fields {
  return Object.assign(Object.create(null) as Fields, ...parts) as Fields;
}
