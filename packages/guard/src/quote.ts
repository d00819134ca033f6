const MAX_QUOTED = 64;

/** A value for a message: text in quotes, shortened; of everything else only its kind, because it may be large or secret. */
export function quote(value: unknown): string {
  if (typeof value !== "string") return kindOf(value);
  return visible(JSON.stringify(value.length > MAX_QUOTED ? `${value.slice(0, MAX_QUOTED)}…` : value));
}

/** A text of which a terminal shows every character: control characters and marks of direction are escaped. */
export function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A name as it is when it is only letters, digits and the marks of action names; any other text is quoted. */
export function plainName(text: string): string {
  return /^[\w:.-]+$/.test(text) ? text : quote(text);
}

/** The kind of a value, as a message names it. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
