// What a program of a user does, for every runtime and bundler: it imports each package that runs everywhere, signs, is
// refused, and sends. The signature is that of a fixed time, so it is the same everywhere.
import { createInvoker as createBrowserInvoker } from "@countersign/browser";
import { createSignedFetch, FetchError } from "@countersign/fetch";
import { createGuard } from "@countersign/guard";
import { createInvoker } from "@countersign/sagemaker";
import { signRequest } from "@countersign/signer";
import { resolveEndpoint } from "@countersign/signer/endpoints";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations";

/** What each step came to. */
export async function use() {
  const { headers } = signRequest(
    { method: "POST", url, body: "{}" },
    { credentials, region: "eu-west-1", service: "sagemaker", date: new Date("2026-01-02T03:04:05Z") },
  );
  const send = async (_url, { headers: sent }) => Response.json({ signed: new Headers(sent).has("authorization") });
  const signed = createSignedFetch({ region: "eu-west-1", credentials, fetch: send });
  const answer = await signed(url, { method: "POST", body: "{}" });
  const refused = await signed("https://files.example.com/").catch((error) => error);
  const guard = createGuard({ posture: "private", network: { subnets: ["subnet-0a"], vpcEndpoints: ["vpce-0a"] } });
  const found = await guard
    .enforce("CreateNotebookInstance", { DirectInternetAccess: "Enabled" }, {})
    .catch((error) => error);
  return {
    authorization: headers.authorization,
    host: new URL(resolveEndpoint({ service: "sagemaker-runtime", region: "eu-west-1" }).url).host,
    answer: await answer.json(),
    refused: [refused instanceof FetchError, refused.name, refused.constructor.name, refused.code],
    found: [found.name, found.code],
    invokers: [createInvoker, createBrowserInvoker].map(
      (create) => typeof create({ region: "eu-west-1", credentials }).invoke,
    ),
  };
}
