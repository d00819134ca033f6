/**
 * Text without the spaces and tabs around it. A header has no other white space (RFC 9110, section 5.6.3): `trim` would
 * also remove a no-break space, which a signer keeps.
 */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (isSpace(text[start])) start++;
  while (end > start && isSpace(text[end - 1])) end--;
  return text.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t";
}
