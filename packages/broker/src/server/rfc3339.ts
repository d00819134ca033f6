/** A date in whole seconds, rounded down, with a literal `Z`: some SDKs take no other form of RFC 3339. */
export function rfc3339Seconds(date: Date): string {
  return `${new Date(Math.floor(date.getTime() / 1_000) * 1_000).toISOString().slice(0, 19)}Z`;
}
