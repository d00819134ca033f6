import { GuardError } from "../error.ts";
import type { Facts } from "../facts.ts";
import { decode } from "./decode.ts";
import { textIn } from "./hidden-calls.ts";
import type { NestedTemplate, ReadOptions } from "./judged.ts";
import { type MapNode, type Node, type Position, entry, positions, textOf } from "./node.ts";
import { parse } from "./parse.ts";

/** AWS nests stacks as deep as their limits allow; deeper ones than this are unjudged. */
const MAX_NESTING = 8;
/** One template can be nested by many, and each of them by many others. */
const MAX_TEMPLATES = 500;

/** The chain of templates that a nested template is read in. */
export interface Nesting {
  /** Before the addresses of its resources: the names of the stacks around it, each with a slash. */
  readonly prefix: string;
  /** The values of its parameters, as the stack around it gives them. */
  readonly given: MapNode | undefined;
  readonly files: readonly (string | undefined)[];
  /** What the templates around it say of their resources. */
  readonly facts: Facts;
  /** How many templates were read, over the whole tree. */
  readonly count: { read: number };
}

/** The template of a nested stack, parsed. */
export interface ReadNested {
  readonly file: string;
  readonly root: Node;
  readonly positionOf: (offset: number) => Position;
}

/**
 * Reads the template of a nested stack: the path that the CDK leaves in the metadata, or a relative path where a URL will be
 * once the template is packaged. `undefined` for every other stack, and for a template that cannot be read.
 */
export function readNestedTemplate(
  resource: Node,
  { nested, file }: Pick<ReadOptions, "nested" | "file">,
  { files, count }: Nesting,
): ReadNested | undefined {
  const path = pathOf(resource);
  if (nested === undefined || path === undefined || files.length > MAX_NESTING || count.read >= MAX_TEMPLATES)
    return undefined;
  try {
    const found: NestedTemplate | undefined = nested(path, file);
    // A template that nests itself has no end.
    if (found === undefined || files.includes(found.file)) return undefined;
    count.read++;
    const content = decode(found.bytes);
    return { file: found.file, root: parse(content), positionOf: positions(content) };
  } catch (error) {
    if (error instanceof GuardError) return undefined;
    throw error;
  }
}

function pathOf(resource: Node): string | undefined {
  const properties = entry(resource, "Properties");
  // CloudFormation takes a body in the place of a URL, or beside it.
  if (entry(properties, "TemplateBody") !== undefined) return undefined;
  const url = entry(properties, "TemplateURL") ?? entry(properties, "Location");
  const asset = textOf(entry(resource, "Metadata", "aws:asset:path"));
  const path = asset === undefined ? textOf(url) : isOfAsset(url, asset) ? asset : undefined;
  if (path === undefined || path === "") return undefined;
  // Only files below the folder of the template: it says which file is read.
  const isBelow = !/^(?:[/\\]|[a-z][\w+.-]*:)/i.test(path) && !path.split(/[/\\]/).includes("..");
  return isBelow ? path : undefined;
}

/**
 * Whether a URL is one that the CDK writes beside the path of an asset: the hash of the asset is in it. Metadata decides
 * nothing in AWS, so beside any other URL it may name another template than the one that is deployed.
 */
function isOfAsset(url: Node | undefined, asset: string): boolean {
  if (url === undefined || textOf(url) === asset) return true;
  const text = textIn(url);
  // One branch of a condition may have the hash, and another one may not.
  return /(?<![\da-f])[\da-f]{64}(?![\da-f])/.test(text) && !text.includes('"Fn::If"');
}
