/** Whether a value is a plain record: not a list, a Map, a URL or a Date. A record of another frame counts. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === "[object Object]";
}
