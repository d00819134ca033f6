/** A date of RFC 3339 in whole seconds, rounded down, with a `Z`: some SDKs accept no other form. */
export function rfc3339Seconds(date: Date): string {
  return `${new Date(Math.floor(date.getTime() / 1_000) * 1_000).toISOString().slice(0, 19)}Z`;
}
