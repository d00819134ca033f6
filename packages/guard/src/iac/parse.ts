import type { Node } from "./node.ts";
import { readJson } from "./read-json.ts";
import { readYaml } from "./read-yaml.ts";

/** JSON begins with a brace or a bracket; YAML that begins so is JSON in all templates. */
export function parse(content: string): Node {
  return /^\s*[{[]/.test(content) ? readJson(content) : readYaml(content);
}
