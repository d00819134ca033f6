const decoder = new TextDecoder();

/** Decodes UTF-8; invalid bytes become U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The beginning of a foreign text, so that another machine's text never fills a message or a log. */
export function excerpt(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
