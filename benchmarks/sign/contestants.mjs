// Who signs the workloads: each contestant takes a workload and returns a function of the number of the call.
import { createSigner, prepare } from "@countersign/signer";
import { clock as still, contentType, date, region, service } from "./fixture.mjs";
import { workloadHost } from "./workloads.mjs";

const method = "POST";

/** The signature ends the header: nothing is searched for while the time is taken. */
const signatureIn = (authorization) => authorization.slice(-64);

/** A provider that answers with the credentials of the tenant whose turn it is. */
function inTurn(workload, turn) {
  const now = () => workload.credentials[workload.tenant(turn.call)];
  return Object.assign(async () => now(), { memoized: true, peek: now });
}

export function signSync(workload, { clock = still } = {}) {
  const turn = { call: 0 };
  const source = workload.credentials.length === 1 ? workload.credentials[0] : inTurn(workload, turn);
  const signers = Array.from({ length: workload.signers }, () =>
    createSigner({ region, service, credentials: source, clock }),
  );
  return (call) => {
    turn.call = call;
    const request = { method, url: workload.url(call), headers: workload.headers(call), body: workload.body };
    return signers[call % signers.length].signSync(request).signature;
  };
}

/** A prepared request for each path; what varies between calls is given to `signSync`. */
export function prepared(workload, { clock = still, count = 1 } = {}) {
  const turn = { call: 0 };
  const source = workload.credentials.length === 1 ? workload.credentials[0] : inTurn(workload, turn);
  const signer = createSigner({ region, service, credentials: source, clock });
  const all = Array.from({ length: count }, (_, index) =>
    prepare(signer, {
      method,
      url: workload.url(index),
      headers: { "content-type": contentType },
    }),
  );
  return (call) => {
    turn.call = call;
    return signatureIn(all[call % count].signSync(workload.body, workload.more(call)).authorization);
  };
}

export async function aws4(workload, { clock = still } = {}) {
  const { default: library } = await import("aws4");
  return (call) => {
    const headers = workload.headers(call);
    headers["X-Amz-Date"] = amzDate(clock);
    const request = {
      service,
      region,
      method,
      host: workloadHost,
      path: workload.path(call),
      headers,
      body: workload.body,
      extraHeadersToIgnore,
    };
    return signatureIn(library.sign(request, workload.credentials[workload.tenant(call)]).headers.Authorization);
  };
}

const extraHeadersToIgnore = { "content-length": true };
const fixedDate = date.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
const amzDate = (clock) =>
  clock === still ? fixedDate : new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
