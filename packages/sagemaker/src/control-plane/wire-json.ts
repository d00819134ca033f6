import { own } from "@countersign/signer/options";
import { base64 } from "./base64.ts";
import { SageMakerError } from "../core/error.ts";
import { excerpt } from "../core/text.ts";

/**
 * The control plane's AWS JSON 1.1 writes timestamps as seconds since the epoch. `call` takes and returns `Date`s, as
 * AWS SDK v3 does, and recognises timestamps by the names of their members.
 *
 * It is a rule and not a list, so that it also fits operations that are newer than this version. A test compares it with
 * every number and timestamp of the official model.
 */
const timestampName = /(?:Time|At|After|Before|Date|[Tt]imestamp|TimeStamp)$/;
const otherTimestamps = new Set(["LatestHeartbeat", "LatestInference", "ReportGenerated"]);
const notTimestamps = new Set(["ModelSetupTime"]);

/** Tells whether a numeric member of the control plane is a timestamp. */
export function isTimestampName(name: string): boolean {
  return (timestampName.test(name) && !notTimestamps.has(name)) || otherTimestamps.has(name);
}

/**
 * Writes an input: `Date`s as seconds since the epoch, bytes as base64. Types are recognised by name, because test runners
 * and vm contexts have constructors of their own.
 *
 * @throws SageMakerError `INVALID_INPUT` for what JSON would leave out, or write as `null` or `{}`: a service would take
 * that for another input.
 */
export function toWireJson(input: unknown): string | undefined {
  return JSON.stringify(input, function (this: Readonly<Record<string, unknown>>, name: string, value: unknown) {
    // JSON.stringify called Date's toJSON before; the holder still has the Date.
    const original = own(this, name);
    if (ArrayBuffer.isView(original)) {
      return base64(new Uint8Array(original.buffer, original.byteOffset, original.byteLength));
    }
    if (typeof original === "object") {
      const kind = kindOf(original);
      if (kind === "Date") return seconds(name, original as Date);
      if (kind === "ArrayBuffer") return base64(new Uint8Array(original as ArrayBuffer));
    }
    // A class may have a `toJSON`; that of a polluted `Object.prototype` would write another input.
    const { toJSON } = Object(original) as { readonly toJSON?: unknown };
    const written = toJSON === Reflect.get(Object.prototype, "toJSON") ? original : value;
    if (isJson(written)) return written;
    throw new SageMakerError(
      "INVALID_INPUT",
      `${excerpt(name, 100)}: must be text, a finite number, true, false, null, a Date, bytes, or a record or list of these`,
    );
  });
}

function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

const jsonKinds = /^(?:Object|Array|Null|String|Number|Boolean)$/;

function isJson(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "object") return jsonKinds.test(kindOf(value));
  return ["string", "boolean", "undefined"].includes(typeof value);
}

function seconds(name: string, date: Date): number {
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw new SageMakerError("INVALID_INPUT", `${excerpt(name, 100)}: must be a valid Date`);
  return ms / 1000;
}

/** Reads an output: numbers under a timestamp's name become `Date`s. */
export function fromWireJson(json: string): unknown {
  return JSON.parse(json, (name, value: unknown) =>
    typeof value === "number" && isTimestampName(name) ? new Date(Math.round(value * 1000)) : value,
  );
}
