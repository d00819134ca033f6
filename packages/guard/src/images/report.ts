import { fileVersion, readFile } from "#platform/read-file";
import { parseJson } from "../call/json.ts";
import { refuseOption } from "../error.ts";
import { isDigest } from "./image-reference.ts";
import { type ImageSource, type NoScan, type Scan, noScan } from "./scan.ts";

/** A scanner's JSON report: the path of its file (on Node, Deno and Bun), its bytes, or the parsed object. */
export type Report = string | Uint8Array | Readonly<Record<string, unknown>>;

/** A larger report is not read. Trivy's report of a 20 GB image has some 50 MB. */
const MAX_BYTES = 268_435_456;

/**
 * A source that reads one report. The report is read once for all images, and a file once more after a scanner wrote it anew.
 *
 * @param read turns the parsed report into a scan, or says why it cannot.
 * @throws GuardError `INVALID_OPTION` when the report is neither a path nor bytes nor an object.
 */
export function reportSource(scanner: string, report: Report, read: (report: unknown) => Scan | NoScan): ImageSource {
  if ((typeof report !== "string" && (typeof report !== "object" || report === null)) || report === "")
    refuseOption("report: must be a path, the bytes of the file, or the parsed object", "report");
  let kept: { readonly version: string; readonly scan: Promise<Scan | NoScan> } | undefined;

  return {
    async scan(image, digest) {
      const scan = await current();
      if (scan.kind === "none") return scan;
      const matches = digest === undefined ? scan.tags.includes(image.text) : scan.digests.includes(digest);
      return matches ? scan : { kind: "other" };
    },
  };

  async function current(): Promise<Scan | NoScan> {
    let version = "";
    try {
      if (typeof report === "string") version = await fileVersion(report);
    } catch {
      return noScan(`the ${scanner} report cannot be read`);
    }
    if (kept?.version !== version) kept = { version, scan: load() };
    return kept.scan;
  }

  async function load(): Promise<Scan | NoScan> {
    if (typeof report === "object" && !ArrayBuffer.isView(report)) return read(report);
    let bytes: Uint8Array;
    try {
      bytes = typeof report === "string" ? await readFile(report) : report;
    } catch {
      kept = undefined;
      return noScan(`the ${scanner} report cannot be read`);
    }
    if (bytes.byteLength > MAX_BYTES) return noScan(`the ${scanner} report is larger than ${MAX_BYTES >> 20} MiB`);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      return noScan(`the ${scanner} report is not UTF-8`);
    }
    const parsed = parseJson(text);
    return parsed === undefined
      ? noScan(`the ${scanner} report is not whole JSON, or names a member twice`)
      : read(parsed.value);
  }
}

/** The digests in references such as `repository@sha256:…`, and bare ones. */
export function digestsIn(references: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(references.map((text) => text?.slice(text.indexOf("@") + 1)).filter(isDigest))];
}
