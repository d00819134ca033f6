// One request for every signer: InvokeEndpoint with a small JSON body and temporary credentials of realistic size.
const host = "runtime.sagemaker.us-east-1.amazonaws.com";
const path = "/endpoints/recommender/invocations";

export const region = "us-east-1";
export const service = "sagemaker";
export const date = new Date("2026-03-01T12:00:00Z");
export const url = `https://${host}${path}`;
export const request = { host, path };
export const contentType = "application/json";

export const credentials = Object.freeze({
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "IQoJb3JpZ2luX2VjE".repeat(40),
});

const record = JSON.stringify({ instances: [{ features: [0.25, 1.5, -3.75, 42], id: "a1b2c3" }] });
const repeatTo = (bytes) => record.repeat(Math.ceil(bytes / record.length)).slice(0, bytes);

export const bodies = Object.freeze({
  small: repeatTo(360),
  medium: repeatTo(64 * 1024),
  large: repeatTo(1024 * 1024),
});

/** A clock that stands still, so that every signer signs the same second. */
export const clock = Object.freeze({
  now: () => date.getTime(),
  wall: () => date.getTime(),
  monotonic: () => performance.now(),
  offsetMs: 0,
  sleep: () => Promise.reject(new Error("not in a benchmark")),
  observe() {},
});

/** A service runs compiled code, and the few hundred calls that a large body leaves time for do not get there. */
export function warm(sign) {
  for (let index = 0; index < 20_000; index++) sign(bodies.small);
  return sign;
}

export function signatureOf(authorization) {
  const found = /Signature=([0-9a-f]{64})/.exec(authorization);
  if (found === null) throw new Error("no signature");
  return found[1];
}
