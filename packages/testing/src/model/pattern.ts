import { table } from "../table.ts";

const compiled = new Map<string, RegExp>();

/** A model's pattern as an expression for the whole value, as AWS applies it. */
export function patternOf(pattern: string): RegExp {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = compile(pattern);
    compiled.set(pattern, expression);
  }
  return expression;
}

/** POSIX classes of Java that JavaScript has under no name: https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html */
const posix = table<string>({
  Alnum: "A-Za-z0-9",
  Alpha: "A-Za-z",
  Digit: "0-9",
  Graph: "!-~",
  Lower: "a-z",
  Print: " -~",
  Upper: "A-Z",
});

/**
 * Models write patterns in Java's syntax. Most are Unicode expressions here too. The others escape characters that need
 * no escape, which Unicode expressions forbid. Java also repeats `$`, which means the same once, and writes `\A` and
 * `\z` for the beginning and the end.
 */
function compile(source: string): RegExp {
  const pattern = source
    .replaceAll(/\$\{\d+,\d*\}/g, "$$")
    .replaceAll(/\\A/g, "^")
    .replaceAll(/\\z/g, "$$")
    // Within brackets a class is a range; outside it needs brackets of its own.
    .replaceAll(/\[(?:\\.|[^\]\\])*\]|\\p\{\w+\}/g, (part) =>
      part.startsWith("[") ? ranges(part) : ranges(part).replace(/^(?!\\p)(.*)$/, "[$1]"),
    );
  try {
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch {
    return new RegExp(`^(?:${pattern})$`);
  }
}

function ranges(text: string): string {
  return text.replaceAll(/\\p\{(\w+)\}/g, (whole, name: string) => posix[name] ?? whole);
}
