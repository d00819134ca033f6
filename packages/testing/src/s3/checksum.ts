import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { table } from "../table.ts";
import { AwsError } from "../wire/aws-error.ts";

/** Checksums of a body in base64, by the end of their header's name: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
const checksums = table<(body: Uint8Array) => string>({
  crc32: (body) => base64(BigInt(crc32(body)), 4),
  crc32c: (body) => base64(reflected(body, 0x82f6_3b78n, 32n), 4),
  crc64nvme: (body) => base64(reflected(body, 0x9a6c_9329_ac4b_c9b5n, 64n), 8),
  sha1: (body) => createHash("sha1").update(body).digest("base64"),
  sha256: (body) => createHash("sha256").update(body).digest("base64"),
});

/**
 * Compares the checksums that a request states, in headers or trailers, with those of its body.
 *
 * @throws {AwsError} `BadDigest` for another checksum, `InvalidRequest` for an unknown algorithm.
 * @returns the stated checksums, for the answer.
 */
export function checkChecksums(
  stated: Readonly<Record<string, string | undefined>>,
  body: Uint8Array,
): Readonly<Record<string, string>> {
  const md5 = stated["content-md5"];
  if (md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64")) {
    throw new AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.");
  }
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(stated)) {
    const [, algorithm = ""] = /^x-amz-checksum-((?!algorithm|type|mode).+)$/.exec(name) ?? [];
    if (algorithm === "" || value === undefined) continue;
    const of = checksums[algorithm];
    if (of === undefined) throw new AwsError("InvalidRequest", `Value for ${name} header is invalid.`);
    if (of(body) !== value) {
      throw new AwsError(
        "BadDigest",
        `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      );
    }
    checked[name] = value;
  }
  return checked;
}

const tables = new Map<bigint, { readonly high: Uint32Array; readonly low: Uint32Array }>();

/** A reflected CRC with all bits set before and inverted after, by its polynomial; the register is two halves of 32 bits. */
function reflected(body: Uint8Array, polynomial: bigint, width: bigint): bigint {
  const { high, low } = tableOf(polynomial);
  let upper = width === 64n ? 0xffff_ffff : 0;
  let lower = 0xffff_ffff;
  for (const byte of body) {
    const index = (lower ^ byte) & 0xff;
    lower = (((lower >>> 8) | (upper << 24)) ^ (low[index] ?? 0)) >>> 0;
    upper = ((upper >>> 8) ^ (high[index] ?? 0)) >>> 0;
  }
  const mask = (1n << width) - 1n;
  return ((BigInt(upper) << 32n) | BigInt(lower)) ^ mask;
}

function tableOf(polynomial: bigint): { readonly high: Uint32Array; readonly low: Uint32Array } {
  const known = tables.get(polynomial);
  if (known !== undefined) return known;
  const made = { high: new Uint32Array(256), low: new Uint32Array(256) };
  for (let index = 0; index < 256; index += 1) {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit += 1) value = (value & 1n) === 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    made.high[index] = Number(value >> 32n);
    made.low[index] = Number(value & 0xffff_ffffn);
  }
  tables.set(polynomial, made);
  return made;
}

function base64(value: bigint, bytes: number): string {
  return Buffer.from(value.toString(16).padStart(bytes * 2, "0"), "hex").toString("base64");
}
