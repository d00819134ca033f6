/** Thrown for text that this reader leaves to the library. No error: it costs no stack trace, and never leaves this folder. */
export const OTHER: unique symbol = Symbol("other YAML");

/** Deeper templates are left to the library. */
const MAX_PLAIN_DEPTH = 64;

/** Leaves the text to the library. */
export function other(): never {
  throw OTHER;
}

/** Leaves a value to the library that is nested too deeply. */
export function checkDepth(depth: number): void {
  if (depth > MAX_PLAIN_DEPTH) other();
}

const restOfLine = / *(?:(?<= )#[^\n]*)?(?:\n|$)/y;

/** A place in a text that is read line by line. */
export class Cursor {
  readonly text: string;
  at = 0;
  /** Column of the first character of the line; -1 after the last line. */
  indent = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Reads text of a form, which must be sticky; `undefined` where the text has another form. */
  match(form: RegExp): string | undefined {
    form.lastIndex = this.at;
    const found = form.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Goes to the first character of the next line that has more than a comment. `at` is at the beginning of a line. */
  nextLine(): void {
    const { text } = this;
    for (;;) {
      const start = this.at;
      this.skipSpaces();
      if (this.at >= text.length) {
        this.indent = -1;
        return;
      }
      const character = text[this.at];
      if (character === "\n") this.at++;
      else if (character === "#") {
        const end = text.indexOf("\n", this.at);
        this.at = end === -1 ? text.length : end + 1;
      } else {
        this.indent = this.at - start;
        return;
      }
    }
  }

  /** Goes to the next line; only a comment may stand before it. */
  endLine(): void {
    if (this.match(restOfLine) === undefined) other();
    this.nextLine();
  }

  skipSpaces(): void {
    while (this.text.charCodeAt(this.at) === 32) this.at++;
  }

  /** Whether the value of the line ends here. */
  isAtLineEnd(): boolean {
    const next = this.text[this.at];
    return next === undefined || next === "\n" || next === "#";
  }

  /** Whether an item of a list begins here. */
  isItem(): boolean {
    const next = this.text[this.at + 1];
    return this.text[this.at] === "-" && (next === " " || next === "\n" || next === undefined);
  }
}
