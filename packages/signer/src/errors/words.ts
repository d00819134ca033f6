/** A production bundle leaves the words out: an error then has only its code, the field and the limit. */
export const words = false;

/** The full text compares spellings, which a page does not need. */
export function unknownName(): string {
  return "";
}
