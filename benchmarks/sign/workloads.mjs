// What users sign: for each workload, the requests in turn, and the credentials that sign them.
import { bodies, contentType, credentials, request as fixed } from "./fixture.mjs";

const { host, path } = fixed;
const origin = `https://${host}`;
const pathOf = (index) => `/endpoints/recommender-${index}/invocations`;

/** Some endpoints in turn. Paths and URLs are made before anything is timed. */
function inTurn(count, order = (call) => call) {
  const paths = Array.from({ length: count }, (_, index) => pathOf(index));
  const urls = paths.map((each) => origin + each);
  return { path: (call) => paths[order(call) % count], url: (call) => urls[order(call) % count] };
}

const fixedUrl = origin + path;
const usual = {
  path: () => path,
  url: () => fixedUrl,
  headers: () => ({ "content-type": contentType }),
  more: () => undefined,
  tenant: () => 0,
};

/** 20 sets of temporary credentials, each with a token of its own. */
const tenants = Array.from({ length: 20 }, (_, index) =>
  Object.freeze({
    accessKeyId: `ASIATENANT${index}EXAMPLE`,
    secretAccessKey: `${credentials.secretAccessKey}${index}`,
    sessionToken: credentials.sessionToken + index,
  }),
);

/**
 * A workload: `signers` of `credentials`, in turn, sign `url` with `headers`, of which `more` vary. `tenant` tells whose credentials the call
 * is signed with. `proof` is how many calls must agree before anything is timed.
 */
const workload = (own) => ({ signers: 1, credentials: [credentials], body: bodies.small, ...usual, ...own });

export const workloads = {
  "fixed request": workload({}),
  "an unsigned header varies": workload({
    headers: (call) => ({ "content-type": contentType, "x-amzn-trace-id": `Root=1-67891233-${call}` }),
    more: (call) => ({ "x-amzn-trace-id": `Root=1-67891233-${call}` }),
  }),
  "a signed header varies": workload({
    headers: (call) => ({ "content-type": contentType, "x-amzn-sagemaker-inference-id": `id-${call}` }),
    more: (call) => ({ "x-amzn-sagemaker-inference-id": `id-${call}` }),
  }),
  "65 URLs in turn": workload(inTurn(65)),
  "500 URLs in turn": workload(inTurn(500)),
  "5,000 URLs in turn": workload(inTurn(5000)),
  "each URL once": workload({ path: pathOf, url: (call) => origin + pathOf(call) }),
  "two credentials in turn": workload({ credentials: tenants.slice(0, 2), tenant: (call) => call % 2 }),
  "20 tenants in turn": workload({ credentials: tenants, tenant: (call) => call % 20 }),
  "1,000 signers, 20 URLs each": workload({
    signers: 1000,
    ...inTurn(20_000, (call) => (call % 1000) * 20 + (Math.floor(call / 1000) % 20)),
  }),
};

/** A workload of so many URLs. */
export const urlsInTurn = (count) => workload(inTurn(count));

/** The host, for those who take it apart from the path. */
export const workloadHost = host;
