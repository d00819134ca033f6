import { createClock, createSigner, memoize } from "@countersign/signer";
import {
  diagnose,
  explain,
  explainSigned,
  readAnswerText,
  readExpected,
  readRequestText,
} from "@countersign/signer/diagnose";
import { parseEndpoint, resolveEndpoint } from "@countersign/signer/endpoints";
import { createVerifier, VerifyError } from "@countersign/signer/verify";
import type { RuntimeCase } from "../runtimes/drivers/run-suite.ts";

const credentials = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const clock = createClock({ wall: () => Date.UTC(2026, 4, 21, 12) });
const signer = createSigner({ region: "eu-west-1", credentials, clock });
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations?b=2&a=%C3%BC";
const request = { method: "POST", url, headers: { "content-type": "application/json" }, body: '{"inputs":"ü"}' };
const verify = createVerifier({ clock, resolve: async () => ({ ...credentials, principal: "alice" }) });

function equal(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`expected ${right}, got ${left}`);
}

async function refusal(changed: Parameters<typeof verify>[0]): Promise<VerifyError> {
  const error: unknown = await verify(changed).catch((thrown: unknown) => thrown);
  if (error instanceof VerifyError) return error;
  throw new Error(`expected a VerifyError, got ${String(error)}`);
}

export const suite: readonly RuntimeCase[] = [
  {
    name: "verifies headers and URLs",
    async run() {
      equal((await verify(await signer.sign(request))).principal, "alice");
      const presigned = await signer.presign({ url });
      equal((await verify({ method: "GET", url: presigned.url, headers: {} })).form, "query");
    },
  },
  {
    name: "refuses what was changed, with what was expected",
    async run() {
      const signed = await signer.sign(request);
      const { code, httpStatus, canonicalRequest } = await refusal({ ...signed, body: "{}" });
      equal([code, httpStatus, canonicalRequest?.split("\n")[2]], ["SignatureDoesNotMatch", 403, "a=%C3%BC&b=2"]);
    },
  },
  {
    name: "diagnoses a refusal, and shows no token",
    async run() {
      const signed = await signer.sign(request);
      const { message, canonicalRequest } = await refusal({ ...signed, method: "PUT" });
      const said = `${message}\n\nThe Canonical String for this request should have been\n'${canonicalRequest}'\n`;
      const body = JSON.stringify({ __type: "InvalidSignatureException", message: said });
      const diagnosis = diagnose({ status: 403, body: new TextEncoder().encode(body) }, signed);
      equal([diagnosis.cause, diagnosis.difference?.line], ["method", 1]);
      const shown = JSON.stringify([diagnosis, await explain(signer, request), readExpected(readAnswerText(body))]);
      equal(shown.includes("AQoDYXdz"), false);
    },
  },
  {
    name: "explains a pasted request",
    async run() {
      const { headers } = await signer.sign(request);
      const flags = Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`);
      const pasted = readRequestText(`curl ${flags.join(" ")} --data-binary '${request.body}' '${url}'`);
      equal(explainSigned(pasted), await explain(signer, request));
    },
  },
  {
    name: "knows endpoints",
    run() {
      for (const region of ["eu-west-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "us-isof-south-1"]) {
        const endpoint = resolveEndpoint({ service: "sagemaker-runtime-http2", region, fips: true });
        equal(parseEndpoint(endpoint.url), endpoint);
      }
      equal(parseEndpoint("vpce-1-2.evil.us-east-1.vpce.amazonaws.com"), undefined);
    },
  },
  {
    name: "memoizes, and ends a wait with its signal",
    async run() {
      let calls = 0;
      const provider = memoize(async () => (++calls === 1 ? new Promise<never>(() => undefined) : credentials));
      const controller = new AbortController();
      const waiting = provider({ signal: controller.signal }).catch((error: unknown) => error);
      controller.abort("enough");
      equal(await waiting, "enough");
      const fresh = memoize(async () => ({ ...credentials, expiration: new Date(Date.now() + 3_600_000) }));
      const all = await Promise.all([fresh(), fresh(), fresh()]);
      equal([new Set(all).size, fresh.peek() === all[0]], [1, true]);
    },
  },
  {
    name: "sleeps and wakes",
    async run() {
      await createClock().sleep(5);
    },
  },
];
