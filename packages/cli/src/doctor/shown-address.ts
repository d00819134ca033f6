/**
 * An address as a report may show it: without user, password, query and fragment. A password can hold `@`, `/` and `#` where its
 * writer forgot to encode them, and a proxy can be named without a scheme, so everything up to the last `@` is left out.
 */
export function shownAddress(value: string): string {
  return value.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1…@").replace(/([?#]).*$/s, "$1…");
}
