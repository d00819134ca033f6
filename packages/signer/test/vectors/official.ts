import { readFileSync } from "node:fs";

/** Reads a file of vectors: its first line names source, licence and count, each other line is one case. */
function readVectors(name: string): { readonly head: unknown; readonly cases: readonly unknown[] } {
  const [first = "", ...lines] = readFileSync(new URL(`${name}.jsonl`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  const head = JSON.parse(first) as { readonly cases: number };
  if (head.cases !== lines.length) throw new Error(`${name}.jsonl: expected ${head.cases} cases, got ${lines.length}`);
  return { head, cases: lines.map((line) => JSON.parse(line) as unknown) };
}

/** A message with its digest, or the Monte Carlo test's seed with the digests of its hundred rounds. */
export interface NistCase {
  readonly set: "SHA256ShortMsg" | "SHA256LongMsg" | "SHA256Monte";
  /** In base64. */
  readonly message?: string;
  readonly digest?: string;
  readonly seed?: string;
  readonly digests?: readonly string[];
}

export const nistCases = (): readonly NistCase[] => readVectors("nist-sha256").cases as readonly NistCase[];

/** A case of RFC 4231, in hexadecimal. */
export type Rfc4231Case = Readonly<Record<"key" | "message" | "mac", string>>;

export const rfc4231Cases = (): readonly Rfc4231Case[] =>
  readVectors("rfc4231-hmac-sha256").cases as readonly Rfc4231Case[];

/** A case of Wycheproof, in hexadecimal; `valid: false` for a tag that must not be accepted. */
export interface WycheproofCase extends Readonly<Record<"key" | "message" | "tag", string>> {
  readonly id: number;
  readonly tagBits: number;
  readonly valid: boolean;
}

export const wycheproofCases = (): readonly WycheproofCase[] =>
  readVectors("wycheproof-hmac-sha256").cases as readonly WycheproofCase[];

/** What AWS expects of one signing. */
export interface ExpectedSigning {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signature: string;
  readonly signedRequest: string;
}

/** One case of AWS's signing test suite, signed in its headers and in its query. */
export interface SuiteCase {
  readonly name: string;
  readonly context: {
    readonly credentials: {
      readonly access_key_id: string;
      readonly secret_access_key: string;
      readonly token?: string;
    };
    readonly timestamp: string;
    readonly region: string;
    readonly service: string;
    readonly expiration_in_seconds: number;
    readonly normalize: boolean;
    readonly sign_body: boolean;
    readonly omit_session_token?: boolean;
  };
  /** SigV4a only: the key that must be derived from the credentials, in hexadecimal. */
  readonly publicKey?: { readonly X: string; readonly Y: string };
  readonly header: ExpectedSigning;
  readonly query: ExpectedSigning;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** The cases of AWS's suite for `v4` or `v4a`. */
export function suiteCases(version: "v4" | "v4a"): SuiteCase[] {
  const { cases } = readVectors(`aws-c-auth-${version}`);
  return (cases as readonly (SuiteCase & { readonly request: string })[]).map(({ request, ...one }) => {
    const [head = "", ...rest] = request.split("\n\n");
    const [requestLine = "", ...lines] = head.split("\n");
    const [, method = "", target = ""] = /^(\S+) (.*) HTTP\/1\.1$/.exec(requestLine) ?? [];
    const headers: [string, string][] = [];
    for (const line of lines.filter((line) => line !== "")) {
      const last = headers.at(-1);
      if (line.startsWith(" ") && last !== undefined) last[1] += ` ${line.trim()}`;
      else headers.push([line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);
    }
    const host = headers.find(([header]) => header.toLowerCase() === "host")?.[1] ?? "";
    return { ...one, method, url: `https://${host}${target}`, headers, body: rest.join("\n\n") };
  });
}

/** A worked example of Amazon S3's documentation. */
export interface S3Example {
  readonly form: "header" | "presign" | "chunked";
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signature: string;
  /** Of a presigned URL, in seconds. */
  readonly expires: number;
  readonly payload: string;
  readonly chunkSize: number;
  readonly encodedLength: number;
  readonly seed: string;
  readonly chunks: readonly string[];
  readonly trailer?: Readonly<Record<string, string>>;
  readonly trailerSignature?: string;
}

export function s3Examples(form: S3Example["form"]): readonly S3Example[] {
  return (readVectors("aws-docs-s3").cases as readonly S3Example[]).filter((example) => example.form === form);
}

/** The access key of these examples. */
export function s3Credentials(): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  return (readVectors("aws-docs-s3").head as { readonly common: ReturnType<typeof s3Credentials> }).common;
}
