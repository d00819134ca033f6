import type { SignatureClaim } from "./claim.ts";
import type { RequestParts } from "./received-request.ts";
import { trimSpace } from "./white-space.ts";

/** How a service reads the path of a request before it checks the signature. */
export interface PathReading {
  /** How often clients encode the path in the canonical request. Default: `double`; Amazon S3: `single`. */
  readonly pathEncoding: "double" | "single";
  /** Whether clients resolve dot segments and repeated slashes there. Default: `rfc3986`; Amazon S3: `none`. */
  readonly pathNormalization: "rfc3986" | "none";
}

/** Object keys are opaque bytes: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const stores: ReadonlySet<string> = new Set(["s3", "s3express", "s3-outposts", "s3-object-lambda"]);

/** How a service reads paths by default; `given` replaces single rules. */
export function pathReading(service: string, given: Partial<PathReading> = {}): PathReading {
  const store = stores.has(service);
  const { pathEncoding = store ? "single" : "double", pathNormalization = store ? "none" : "rfc3986" } = given;
  return { pathEncoding, pathNormalization };
}

/**
 * The canonical request that a client must have signed to have sent these bytes. It is written from the specification
 * for the receiving side, and shares no code with the signer on purpose: a shared fault would hide itself.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function expectedRequest(
  parts: RequestParts,
  claim: Pick<SignatureClaim, "signedHeaders">,
  payloadHash: string,
  reading: PathReading,
  unsignedParameters: ReadonlySet<string>,
): string {
  const names = [...new Set(claim.signedHeaders.map((name) => name.toLowerCase()))].toSorted();
  return [
    // As received: methods are case-sensitive (RFC 9110, section 9.1).
    parts.method,
    expectedPath(parts.path, reading),
    expectedQuery(parts.query, unsignedParameters),
    ...names.map((name) => `${name}:${expectedValue(parts.headers.get(name) ?? [])}`),
    "",
    names.join(";"),
    payloadHash,
  ].join("\n");
}

function expectedPath(path: string, { pathEncoding, pathNormalization }: PathReading): string {
  let segments = path.split("/").slice(1);
  if (pathNormalization === "rfc3986") {
    const last = segments.at(-1);
    const isDirectory = last === "" || last === "." || last === "..";
    const kept: string[] = [];
    for (const segment of segments) {
      if (segment === "..") kept.pop();
      else if (segment !== "" && segment !== ".") kept.push(segment);
    }
    segments = isDirectory && kept.length > 0 ? [...kept, ""] : kept;
  }
  const encode = pathEncoding === "double" ? encodeText : respell;
  return `/${segments.map(encode).join("/")}`;
}

function expectedQuery(query: string, unsigned: ReadonlySet<string>): string {
  const pairs: (readonly [name: string, value: string])[] = [];
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const [spelt, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    const name = respell(spelt);
    if (!unsigned.has(name)) pairs.push([name, respell(value)]);
  }
  // Everything is ASCII here, so the order of characters is the order of bytes.
  pairs.sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function expectedValue(values: readonly string[]): string {
  return values.map((value) => trimSpace(value).replace(/[ \t]+/g, " ")).join(",");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const encoder = new TextEncoder();

/** Characters that no encoding changes, and that no escape begins with. */
const UNRESERVED = /^[\w.~-]*$/;

function encodeText(text: string): string {
  return UNRESERVED.test(text) ? text : encodeBytes(encoder.encode(text));
}

/** Percent-decodes, and encodes anew as the specification spells it. */
function respell(text: string): string {
  return UNRESERVED.test(text) ? text : encodeBytes(decodeBytes(text));
}

function encodeBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += /[\w.~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

/** Percent-decodes to bytes; a `%` that starts no escape stands for itself, and so does a `+`. */
function decodeBytes(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  const decoded: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const escape = bytes[i] === 0x25 ? /^[\da-f]{2}/i.exec(String.fromCharCode(...bytes.slice(i + 1, i + 3))) : null;
    if (escape === null) decoded.push(bytes[i] ?? 0);
    else {
      decoded.push(Number.parseInt(escape[0], 16));
      i += 2;
    }
  }
  return Uint8Array.from(decoded);
}
