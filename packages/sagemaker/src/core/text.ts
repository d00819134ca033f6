const decoder = new TextDecoder();

/** What bytes say in UTF-8. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
