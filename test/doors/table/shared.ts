import { createClock } from "@countersign/signer";
import { createGuard } from "@countersign/guard";
import { createTransport } from "@countersign/transport";
import type { Door } from "../door.ts";
import { also, anything, maybe, open } from "../variants.ts";

/** The exports of a package, by entry point. */
export type Doors = Readonly<Record<string, Readonly<Record<string, Door | string>>>>;

export const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
/** Other members are taken as they are: the credentials of SDKs have some. */
export const credentials = open({
  ...keys,
  "sessionToken?": also("token", "null", '""'),
  "expiration?": also(new Date("2099-01-01T00:00:00Z"), "date"),
  "accountId?": anything("123456789012"),
});
export const settings = {
  "pathEncoding?": "double",
  "pathNormalization?": "rfc3986",
  "signedHeaders?": also({ "also?": also(["x-a"], "[]"), "never?": also(["x-b"], "[]") }, "{}", "bare"),
  "sessionToken?": "signed",
  "payloadHeader?": "never",
};
/** AWS SDK v3 passes names of its own along. */
export const credentialRequest = maybe(
  open({ "minTtlMs?": also(1000, "5"), "forceRefresh?": false, "signal?": AbortSignal.timeout(60_000) }),
  "{}",
  "{ zzz }",
  "bare",
);
/** The methods of every memoized provider. */
export const provider = {
  "()": { args: [credentialRequest] },
  peek: { args: [] },
  invalidate: { args: [{ accessKeyId: "AKIDOTHER", reason: "rejected" }] },
} satisfies Door["methods"];

/** Closes what a call opened. */
export const close = (made: { close(): Promise<void> }): Promise<void> => made.close();
export const region = "eu-west-1";
export const clock = createClock();
export const nothing = (): void => undefined;
export const EMPTY = ["{}", "bare"] as const;
export const signal = AbortSignal.timeout(60_000);
export const answer = async (): Promise<Response> => new Response("{}");
export const transport = createTransport();
export const ms = (value: number): unknown => also(value, "5");
export const error = (code: string): Door => ({
  construct: true,
  args: [anything(code), anything("message"), anything({ cause: 1 })],
});
export const LOST = ["CONNECTION_LOST"];
export const nowhere = "https://127.0.0.1:65500/";

export const guard = createGuard({ posture: "baseline" });
export const arn = "arn:aws:iam::123456789012:role/a";

export const retryOptions = {
  "attempts?": also(2, "5"),
  "baseMs?": also(1, "5"),
  "throttleBaseMs?": also(1, "5"),
  "maxDelayMs?": also(1, "5"),
  "budget?": also(10, "5"),
  "random?": () => 0.5,
};
