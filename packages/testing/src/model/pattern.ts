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

/**
 * Models write patterns in Java's syntax. Most are Unicode expressions here too. The others escape characters that need
 * no escape, which Unicode expressions forbid. Java also repeats `$`, which means the same once.
 */
function compile(source: string): RegExp {
  const pattern = source.replaceAll(/\$\{\d+,\d*\}/g, "$$");
  try {
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch {
    return new RegExp(`^(?:${pattern})$`);
  }
}
