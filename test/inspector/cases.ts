import {
  type SignableRequest,
  type SignedRequest,
  type SignerOptions,
  createClock,
  createSigner,
} from "@countersign/signer";
import { type DiagnosisCause, explain } from "@countersign/signer/diagnose";
import { VerifyError, createVerifier } from "@countersign/signer/verify";

const START = Date.UTC(2026, 4, 21, 12);
const clock = createClock({ wall: () => START });
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
export const SESSION_TOKEN = `IQoJb3JpZ2luX2VjEXAMPLE${"k".repeat(600)}`;
const credentials = { accessKeyId: "ASIAIOSFODNN7EXAMPLE", secretAccessKey, sessionToken: SESSION_TOKEN };
const INVALID = "The security token included in the request is invalid.";

/** What a person would paste, and what the page must conclude. */
export interface InspectorCase {
  readonly cause: DiagnosisCause;
  readonly request: string;
  readonly answer: string;
  readonly printed?: string;
  readonly secret?: string;
}

const invoke: SignableRequest = {
  method: "POST",
  url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/my%20endpoint/invocations?b=2&a=1",
  headers: { "content-type": "application/json", "x-amzn-sagemaker-target-variant": "blue" },
  body: '{"inputs":1}',
};

const signer = (o: Partial<SignerOptions> = {}): ReturnType<typeof createSigner> =>
  createSigner({ region: "eu-west-1", credentials, clock, ...o });

/** A request as a proxy's log shows it. */
function raw({ method, url, headers, body = "" }: SignedRequest): string {
  const { pathname, search, host } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${pathname}${search} HTTP/1.1\n${lines.join("\n")}\n\n${typeof body === "string" ? body : ""}`;
}

/** AWS's JSON error, with what it expected. */
function answer(code: string, message: string, canonicalRequest?: string, stringToSign?: string): string {
  const expected =
    canonicalRequest === undefined
      ? ""
      : `\n\nThe Canonical String for this request should have been\n'${canonicalRequest}'` +
        `\n\nThe String-to-Sign should have been\n'${stringToSign}'\n`;
  return JSON.stringify({ __type: `${code}Exception`, message: `${message}${expected}` });
}

/** What AWS says to a request as it arrived. */
async function refuse(arrived: SignedRequest): Promise<string> {
  const verify = createVerifier({
    clock,
    resolve: () => Promise.resolve({ secretAccessKey, sessionToken: SESSION_TOKEN }),
  });
  const error: unknown = await verify(arrived).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof VerifyError)) throw new Error("the request is in order");
  return answer("InvalidSignature", error.message, error.canonicalRequest, error.stringToSign);
}

const sent = async (o: Partial<SignerOptions> = {}, request: SignableRequest = invoke): Promise<SignedRequest> =>
  signer(o).sign(request);

async function changed(
  cause: DiagnosisCause,
  change: (signed: SignedRequest) => SignedRequest,
): Promise<InspectorCase> {
  const signed = await sent();
  return { cause, request: raw(signed), answer: await refuse(change(signed)) };
}

async function said(
  cause: DiagnosisCause,
  code: string,
  message: string,
  o: Partial<SignerOptions> = {},
): Promise<InspectorCase> {
  return { cause, request: raw(await sent(o)), answer: answer(code, message) };
}

/** A signer that deviates prints a canonical request of its own. */
async function deviating(
  cause: DiagnosisCause,
  o: Partial<SignerOptions>,
  request: SignableRequest,
): Promise<InspectorCase> {
  const { canonicalRequest } = await explain(signer(o), request, { reveal: true });
  const signed = await sent(o, request);
  return { cause, request: raw(signed), answer: await refuse(signed), printed: canonicalRequest };
}

async function queryCase(cause: DiagnosisCause, url: string, from: string, to: string): Promise<InspectorCase> {
  const request = { ...invoke, url };
  const { canonicalRequest, stringToSign } = await explain(signer(), request, { reveal: true });
  return {
    cause,
    request: raw(await sent({}, request)),
    printed: canonicalRequest.replace(from, to),
    answer: answer(
      "InvalidSignature",
      "The request signature we calculated does not match.",
      canonicalRequest,
      stringToSign,
    ),
  };
}

/** One case for each of the causes that `diagnose` knows. */
export async function inspectorCases(): Promise<InspectorCase[]> {
  const base = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
  const without = (signed: SignedRequest, name: string): SignedRequest => {
    const { [name]: _, ...headers } = signed.headers;
    return { ...signed, headers };
  };
  const wrongSecret = { ...credentials, secretAccessKey: `${secretAccessKey}x` };
  const { sessionToken: _, ...alone } = credentials;
  return Promise.all([
    changed("method", (signed) => ({ ...signed, method: "PUT" })),
    deviating("path-encoded-once", { settings: { pathEncoding: "single" } }, invoke),
    deviating(
      "path-encoded-twice",
      { service: "s3", settings: { pathEncoding: "double" } },
      { method: "PUT", url: "https://b.s3.eu-west-1.amazonaws.com/a%20b", body: "data" },
    ),
    changed("path-changed", (signed) => ({ ...signed, url: signed.url.replace("/endpoints", "/prod/endpoints") })),
    changed("query-changed", (signed) => ({ ...signed, url: `${signed.url}&utm=1` })),
    queryCase("query-order", `${base}?b=2&a=1`, "a=1&b=2", "b=2&a=1"),
    queryCase("query-encoding", `${base}?q=a%20b`, "q=a%20b", "q=a+b"),
    changed("header-changed", (signed) => ({
      ...signed,
      headers: { ...signed.headers, "content-type": "application/json; charset=utf-8" },
    })),
    changed("header-missing", (signed) => without(signed, "x-amzn-sagemaker-target-variant")),
    changed("body-changed", (signed) => ({ ...signed, body: '{"inputs": 1}' })),
    said("wrong-service", "InvalidSignature", "Credential should be scoped to correct service: 'sagemaker'. ", {
      service: "vpce",
    }),
    said("wrong-region", "InvalidSignature", "Credential should be scoped to a valid region. ", {
      region: "us-east-1",
    }),
    said(
      "clock-skew",
      "InvalidSignature",
      "Signature not yet current: 20260521T121000Z is still later than 20260521T120501Z (20260521T120001Z + 5 min.)",
    ),
    said("session-token-missing", "UnrecognizedClient", INVALID, { credentials: alone }),
    said("session-token-stale", "ExpiredToken", "The security token included in the request is expired"),
    said(
      "signature-expired",
      "InvalidSignature",
      "Signature expired: 20260521T115000Z is now earlier than 20260521T115501Z (20260521T120001Z - 5 min.)",
    ),
    said("unknown-access-key", "InvalidClientTokenId", INVALID, {
      credentials: { accessKeyId: "AKIAGONE", secretAccessKey },
    }),
    (async (): Promise<InspectorCase> => {
      // A path and a query that every client signs the same way: only then is the secret the one thing left.
      const plain = { ...invoke, url: `${base}?a=1&b=2` };
      const signed = await sent({ credentials: wrongSecret }, plain);
      return { cause: "wrong-secret", request: raw(signed), answer: await refuse(signed), secret: secretAccessKey };
    })(),
  ]);
}
