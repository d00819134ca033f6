import type { Node } from "../node.ts";
import { readBlock } from "./block.ts";
import { Cursor, OTHER, other } from "./cursor.ts";

/**
 * Reads the YAML that most templates consist of: block mappings and lists, lists and mappings on one line, plain and quoted text
 * on one line, comments, and the short forms of intrinsic functions. `undefined` for everything else, such as anchors, block
 * scalars, several documents and mistakes. A test compares it with the library over generated files.
 */
export function readPlainYaml(text: string): Node | undefined {
  // Tabs, carriage returns, other line breaks, a byte order mark: their meaning depends on more than the line.
  if (/[^\n\u0020-\u007E\u00A0-\u2027\u202A-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD]/.test(text)) return undefined;
  if (/^(?:---|\.\.\.|%)/m.test(text)) return undefined;
  try {
    return readRoot(new Cursor(text));
  } catch (thrown) {
    if (thrown === OTHER) return undefined;
    throw thrown;
  }
}

function readRoot(cursor: Cursor): Node {
  cursor.nextLine();
  if (cursor.indent === -1) other();
  const root = readBlock(cursor, 0);
  if (cursor.indent !== -1) other();
  return root;
}
