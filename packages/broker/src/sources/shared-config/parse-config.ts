import { BrokerError } from "../../errors/error.ts";

/** One setting of a file, with its line. */
export interface Setting {
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

/** One section of a file: its name as written between the brackets, and its settings by lower-case name. */
export interface Section {
  readonly name: string;
  readonly line: number;
  readonly settings: Map<string, Setting>;
}

/** AWS's own files have a few kilobytes. */
export const MAX_LENGTH: number = 1 << 20;

/** The error for a place in a configuration file. The message names the field, never its value. */
export function invalidAt(file: string, line: number, message: string): BrokerError {
  return new BrokerError("SOURCE_INVALID", `${file}:${line}: ${message}`);
}

/**
 * Parses a configuration or credentials file as botocore does, which is how AWS's own tools read them: `=` or `:` between
 * name and value, comments on lines of their own, deeper indented lines continue the value above them.
 *
 * @throws BrokerError `SOURCE_INVALID` with file and line: for a line that is not a setting, and for a name given twice.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function parseConfig(text: string, file: string): Section[] {
  if (text.length > MAX_LENGTH) throw invalidAt(file, 1, `must have at most ${MAX_LENGTH} characters`);
  const sections: Section[] = [];
  const names = new Set<string>();
  let section: Section | undefined;
  let option: string | undefined;
  let indent = 0;

  for (const [index, raw] of text
    .replace(/^\uFEFF/u, "")
    .split(/\r\n?|\n/u)
    .entries()) {
    const line = index + 1;
    const content = raw.trim();
    if (content === "" || content.startsWith("#") || content.startsWith(";")) continue;
    const depth = raw.length - raw.trimStart().length;
    if (section !== undefined && option !== undefined && depth > indent) {
      const above = section.settings.get(option);
      if (above !== undefined) section.settings.set(option, { ...above, value: `${above.value}\n${content}` });
      continue;
    }
    indent = depth;
    if (content.startsWith("[") && content.indexOf("]") > 1) {
      const name = content.slice(1, content.lastIndexOf("]")).trim();
      if (names.has(name)) throw invalidAt(file, line, `[${name}]: must be given once`);
      names.add(name);
      section = { name, line, settings: new Map() };
      option = undefined;
      sections.push(section);
      continue;
    }
    if (section === undefined) throw invalidAt(file, line, "must begin with a section such as [default]");
    const at = content.search(/[=:]/u);
    const name = content.slice(0, Math.max(at, 0)).trim().toLowerCase();
    if (name === "") throw invalidAt(file, line, 'must be a setting such as "region = eu-west-1"');
    if (section.settings.has(name)) throw invalidAt(file, line, `${name}: must be given once in [${section.name}]`);
    option = name;
    section.settings.set(name, { value: content.slice(at + 1).trim(), file, line });
  }
  return sections;
}

/** The settings inside a setting whose value is a block of further lines. @throws BrokerError `SOURCE_INVALID`. */
export function nestedSettings({ value, file, line }: Setting): ReadonlyMap<string, Setting> {
  const nested = new Map<string, Setting>();
  for (const [index, content] of value.split("\n").entries()) {
    if (content.trim() === "") continue;
    const at = content.indexOf("=");
    if (at < 1) throw invalidAt(file, line + index, 'must be a setting such as "endpoint_url = https://example.com"');
    const name = content.slice(0, at).trim();
    if (nested.has(name)) throw invalidAt(file, line + index, `${name}: must be given once`);
    nested.set(name, { value: content.slice(at + 1).trim(), file, line: line + index });
  }
  return nested;
}
