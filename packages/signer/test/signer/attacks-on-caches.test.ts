import { describe, expect, it } from "vitest";
import {
  type AwsCredentials,
  createSigner,
  type HeadersInput,
  prepare,
  type SignableRequest,
  type Signer,
} from "@countersign/signer";
import { handClock } from "../clock/hand-clock.ts";

const start = Date.parse("2026-11-23T12:00:00Z");
const credentials: AwsCredentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example", sessionToken: "token" };
const url = "https://h.example/a";

const make = (source: Parameters<typeof createSigner>[0]["credentials"] = credentials, service = "sagemaker"): Signer =>
  createSigner({ region: "eu-west-1", service, credentials: source, clock: handClock(start) });

/** What a signer that has never signed before answers, or the code of its error. */
function answerOf(signer: Signer, request: SignableRequest): unknown {
  try {
    return signer.signSync(request);
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}

/** A provider whose credentials the test changes. */
function changing(first: AwsCredentials) {
  const source = { now: first };
  return {
    source,
    provider: Object.assign(async () => source.now, { memoized: true, peek: () => source.now }),
  };
}

/** Requests that differ in nothing but what a key of a cache must hold. */
const NEIGHBOURS: Readonly<Record<string, readonly SignableRequest[]>> = {
  "the method": [
    { method: "POST", url },
    { method: "PUT", url },
  ],
  "the path": [{ url }, { url: "https://h.example/b" }],
  "the path, beyond what a plain path has": [
    { url },
    { url: "https://h.example/./a" },
    { url: "https://h.example/a/" },
  ],
  "the query": [{ url }, { url: `${url}?a=1` }, { url: `${url}?a=2` }],
  "the host": [{ url }, { url: "https://g.example/a" }, { url: "https://h.example.evil/a" }],
  "the user in front of the host": [
    { url },
    { url: "https://h.example@evil.example/a" },
    { url: "https://evil@h.example/a" },
  ],
  "the port": [{ url }, { url: "https://h.example:8443/a" }, { url: "https://h.example:443/a" }],
  "the scheme": [{ url }, { url: "http://h.example/a" }, { url: "wss://h.example/a" }],
  "a fragment": [{ url }, { url: `${url}#b` }],
  "a signed value": [
    { url, headers: { "x-amz-a": "1" } },
    { url, headers: { "x-amz-a": "2" } },
  ],
  "an unsigned value": [
    { url, headers: { accept: "1" } },
    { url, headers: { accept: "2" } },
  ],
  "an unsigned value that is refused": [
    { url, headers: { accept: "1" } },
    { url, headers: { accept: "1\r\nx-amz-a: 2" } },
    { url, headers: { accept: "1" } },
  ],
  "a signed value that is refused after another has changed": [
    { url, headers: { "x-amz-a": "1", "x-amz-b": "1" } },
    { url, headers: { "x-amz-a": "2", "x-amz-b": "caf\u00e9" } },
    { url, headers: { "x-amz-a": "2", "x-amz-b": "1" } },
  ],
  "whose value is whose": [
    { url, headers: { "x-amz-a": "1", "x-amz-b": "2" } },
    { url, headers: { "x-amz-b": "1", "x-amz-a": "2" } },
    { url, headers: { "x-amz-b": "2", "x-amz-a": "1" } },
  ],
  "where a name ends": [
    { url, headers: { "x-amz-a": "1", "x-amz-b": "1" } },
    { url, headers: { "x-amz-a,x-amz-b": "1" } },
    { url, headers: { "x-amz-a\nx-amz-b": "1" } },
  ],
  "where a value ends": [
    { url, headers: { "x-amz-a": "1", "x-amz-b": "2" } },
    { url, headers: { "x-amz-a": "1,x-amz-b,2" } },
    { url, headers: { "x-amz-a": "1\nx-amz-b:2" } },
  ],
  "a list that looks like its text": [
    { url, headers: { "x-amz-a": "1,2" } },
    { url, headers: { "x-amz-a": ["1", "2"] } },
    { url, headers: { "x-amz-a": ["1"] } },
  ],
  "what a text looks like": [
    { url, headers: { "x-amz-a": "1" } },
    { url, headers: { "x-amz-a": 1 } as unknown as HeadersInput },
    { url, headers: { "x-amz-a": { toString: () => "1" } } as unknown as HeadersInput },
  ],
  "the host in a header": [{ url }, { url, headers: { host: "g.example" } }, { url, headers: { Host: "f.example" } }],
  "the payload hash in a header": [
    { url, body: "1", headers: { "x-amz-content-sha256": "" } },
    { url, body: "2", headers: { "x-amz-content-sha256": "" } },
    { url, body: "2" },
  ],
  "the payload mode": [{ url }, { url, payload: "unsigned" }, { url, payload: { sha256: "0".repeat(64) } }],
  "names that objects inherit": [
    { url, headers: { "x-amz-a": "1" } },
    { url, headers: { constructor: "1" } },
    { url, headers: { toString: Reflect.get(Object.prototype, "toString") } as unknown as HeadersInput },
    { url, headers: JSON.parse('{"__proto__": "1"}') as HeadersInput },
  ],
};

describe("what a signer keeps", () => {
  it.each(Object.entries(NEIGHBOURS))("does not confuse requests that differ in %s", (_, requests) => {
    for (const service of ["sagemaker", "s3"]) {
      const signer = make(credentials, service);
      for (const order of [requests, requests.toReversed(), requests, requests]) {
        for (const request of order) {
          expect(answerOf(signer, request)).toEqual(answerOf(make(credentials, service), request));
        }
      }
    }
  });

  it("follows a header object that is changed between calls, and one that changes while it is read", () => {
    const signer = make();
    const headers: Record<string, string> = { "x-amz-a": "1", accept: "1" };
    const same = (): void => expect(signer.signSync({ url, headers })).toEqual(make().signSync({ url, headers }));
    same();
    headers["x-amz-a"] = "2";
    same();
    headers["accept"] = "2";
    same();
    delete headers["accept"];
    same();
    headers["x-amz-b"] = "1";
    same();
    let reads = 0;
    const counting = {
      get "x-amz-a"() {
        return String(++reads);
      },
      accept: "1",
    };
    for (let call = 1; call < 4; call++) {
      const signed = signer.signSync({ url, headers: counting });
      expect(reads).toBe(call);
      expect(signed).toEqual(make().signSync({ url, headers: { "x-amz-a": String(call), accept: "1" } }));
    }
  });

  it("signs each request by itself when a getter signs another one meanwhile", () => {
    const signer = make();
    const inner = { url, headers: { "x-amz-a": "inner", accept: "inner" } };
    const outer = (): HeadersInput => ({
      "x-amz-a": "outer",
      get accept() {
        expect(signer.signSync(inner)).toEqual(make().signSync(inner));
        return "outer";
      },
    });
    const expected = make().signSync({ url, headers: { "x-amz-a": "outer", accept: "outer" } });
    for (let call = 0; call < 3; call++) expect(signer.signSync({ url, headers: outer() })).toEqual(expected);
  });

  it("gives no caller the headers of another to change", () => {
    const signer = make();
    const request = { url, headers: { "x-amz-a": "1" } };
    const prepared = prepare(signer, request);
    const expected = make().signSync(request);
    for (let call = 0; call < 3; call++) {
      const signed = signer.signSync(request);
      expect(signed).toEqual(expected);
      Object.assign(signed.headers, { "x-amz-a": "2", "x-amz-security-token": "stolen" });
      const headers = prepared.signSync();
      expect(headers).toEqual(expected.headers);
      headers["x-amz-a"] = "2";
    }
  });

  it.each<{ what: string; next: AwsCredentials }>([
    { what: "another secret under the same key id", next: { ...credentials, secretAccessKey: "other" } },
    { what: "another token under the same key id and secret", next: { ...credentials, sessionToken: "other" } },
    { what: "no token under the same key id and secret", next: { ...credentials, sessionToken: undefined } },
    { what: "another key id with the same secret and token", next: { ...credentials, accessKeyId: "AKIDOTHER" } },
  ])("signs with $what, in an object of its own or in the same", ({ next }) => {
    const request = { url, headers: { "x-amz-a": "1" } };
    const { source, provider } = changing(credentials);
    const signer = make(provider);
    const prepared = prepare(signer, request);
    const mutable = { ...credentials };
    for (const now of [credentials, next, credentials, next, next, { ...credentials }, mutable]) {
      source.now = now;
      expect(signer.signSync(request)).toEqual(make(now).signSync(request));
      expect(prepared.signSync()).toEqual(make(now).signSync(request).headers);
    }
    for (const now of [next, credentials, next]) {
      Object.assign(mutable, now);
      expect(signer.signSync(request)).toEqual(make(now).signSync(request));
      expect(prepared.signSync()).toEqual(make(now).signSync(request).headers);
    }
  });

  it("reads each part of the credentials once, so that one key never signs in the name of another", () => {
    let reads = 0;
    const shifting = {
      get accessKeyId() {
        return `AKID${reads++ % 2}`;
      },
      secretAccessKey: "example",
    };
    const { provider } = changing(shifting);
    const signer = make(provider);
    for (let call = 0; call < 4; call++) {
      const { accessKeyId, headers } = signer.signSync({ url });
      expect(headers["authorization"]).toContain(`Credential=${accessKeyId}/`);
      expect(accessKeyId).toBe(`AKID${(reads - 1) % 2}`);
    }
    expect(reads).toBe(4);
  });

  it("refuses credentials that expire, or are marked so, while it keeps their scope", () => {
    const clock = handClock(start);
    const expiring = { ...credentials, expiration: new Date(start + 500) };
    const { source, provider } = changing(expiring);
    const signer = createSigner({ region: "eu-west-1", credentials: provider, clock });
    signer.signSync({ url });
    source.now = credentials;
    signer.signSync({ url });
    source.now = expiring;
    clock.advance(499);
    signer.signSync({ url });
    clock.advance(1);
    expect(() => signer.signSync({ url })).toThrow(expect.objectContaining({ code: "CREDENTIALS_EXPIRED" }));
    const marked: AwsCredentials = { ...credentials, secretAccessKey: "marked" };
    source.now = marked;
    signer.signSync({ url });
    Object.assign(marked, { expiration: new Date(start) });
    expect(() => signer.signSync({ url })).toThrow(expect.objectContaining({ code: "CREDENTIALS_EXPIRED" }));
  });
});
