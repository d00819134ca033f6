/** Whether the content of a value is its properties: neither a list, nor a Map, a URL or a Date. Frames do not matter. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === "[object Object]";
}
