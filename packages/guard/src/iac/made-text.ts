import { refuseFile } from "./unreadable.ts";

/** More than the functions of any template make: one text may hold another one many times, and that one a third. */
const MAX_MADE = 67_108_864;
/** What a text costs beside its characters. */
const TEXT = 16;

const made = new WeakMap<object, number>();

/**
 * Counts the texts that the functions of a template are about to make.
 *
 * @param template any object that stands for the template.
 * @throws GuardError `TEMPLATE_UNREADABLE` when they are too long together.
 */
export function countMade(template: object, texts: readonly string[], separator = ""): void {
  let total = made.get(template) ?? 0;
  for (const { length } of texts) total += length + separator.length + TEXT;
  if (total > MAX_MADE) refuseFile(`its functions must make at most ${MAX_MADE >> 20} MiB of text`);
  made.set(template, total);
}
