import { readFile } from "#platform/read-file";
import { parseJson } from "../call/json.ts";
import { isDigest } from "./image-reference.ts";
import { type ImageSource, type NoScan, type Scan, noScan } from "./scan.ts";

/** A scanner's JSON report: the path of its file (on Node, Deno and Bun), its bytes, or the parsed object. */
export type Report = string | Uint8Array | Readonly<Record<string, unknown>>;

/**
 * A source that reads one report. A file is read anew for each image: what a scanner has written since counts.
 *
 * @param read turns the parsed report into a scan; what is malformed it answers with `none`.
 */
export function reportSource(scanner: string, report: Report, read: (report: unknown) => Scan | NoScan): ImageSource {
  return {
    async scan(image, digest) {
      const parsed = await load(scanner, report);
      const scan = "kind" in parsed ? parsed : read(parsed.value);
      if (scan.kind === "none") return scan;
      const matches = digest === undefined ? scan.tags.includes(image.text) : scan.digests.includes(digest);
      return matches ? scan : { kind: "other" };
    },
  };
}

async function load(scanner: string, report: Report): Promise<NoScan | { readonly value: unknown }> {
  if (typeof report === "object" && !(report instanceof Uint8Array)) return { value: report };
  let bytes: Uint8Array;
  try {
    bytes = typeof report === "string" ? await readFile(report) : report;
  } catch {
    return noScan(`the ${scanner} report cannot be read`);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return parseJson(text) ?? noScan(`the ${scanner} report is not whole JSON, or names a member twice`);
  } catch {
    return noScan(`the ${scanner} report is not UTF-8`);
  }
}

/** The digests in references such as `repository@sha256:…`, and bare ones. */
export function digestsIn(references: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(references.map((text) => text?.slice(text.indexOf("@") + 1)).filter(isDigest))];
}
