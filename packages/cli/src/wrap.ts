/**
 * Breaks a paragraph into lines of at most `width` columns. A longer word gets its own line. An indented paragraph is a
 * sample and is not changed.
 */
export function wrap(paragraph: string, width: number): string[] {
  if (paragraph.startsWith(" ")) return paragraph.split("\n");
  const lines: string[] = [];
  for (const word of paragraph.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
