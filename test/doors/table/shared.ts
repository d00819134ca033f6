import type { Door } from "../door.ts";
import { also, anything, maybe, open } from "../variants.ts";

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
