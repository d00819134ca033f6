import { describe, expect, it } from "vitest";
import { type AwsCredentials, deriveSigningKey, presignRequest, signRequest } from "../../src/index.ts";
import { deriveKeyPair, presignRequest as presignRequestV4a } from "../../src/v4a.ts";

const date = new Date("2026-01-02T03:04:05Z");
const context = { region: "eu-west-1", service: "sagemaker", date };
const request = { url: "https://api.example.com/" };

const first = {
  accessKeyId: "AKIDONE",
  secretAccessKey: "secretone",
  sessionToken: "tokenone",
  expiration: new Date("2030-01-01"),
};
/** What a getter gives from the second time on. Each of these would be refused. */
const later = {
  accessKeyId: "AKID, X\r\nEvil: 1/",
  secretAccessKey: "\nsecret",
  sessionToken: "to\r\nken",
  expiration: new Date(5),
};
const fields = Object.keys(first) as (keyof typeof first)[];

/** The ways to a signature, each with what depends on the credentials alone. */
const ways: Readonly<Record<string, (credentials: AwsCredentials) => unknown>> = {
  signRequest: (credentials) => signRequest(request, { ...context, credentials }).headers,
  presignRequest: (credentials) => presignRequest(request, { ...context, credentials, expiresIn: 5 }).url,
  deriveSigningKey: (credentials) => {
    const signingKey = deriveSigningKey({ ...context, credentials });
    return signRequest(request, { ...context, credentials: first, signingKey }).signature;
  },
  "presignRequest of SigV4a": (credentials) =>
    presignRequestV4a(request, { ...context, credentials, expiresIn: 5 }).url.replace(/Signature=.*/u, ""),
  deriveKeyPair: (credentials) => deriveKeyPair(credentials).privateKey,
};

describe.each(Object.entries(ways))("what is checked is what is signed with: %s", (_name, signBy) => {
  it.each(fields)("%s is read once", (field) => {
    let reads = 0;
    const get = (): unknown => (reads++ === 0 ? first : later)[field];
    expect(signBy(Object.defineProperty({ ...first }, field, { get }))).toEqual(signBy(first));
  });

  it("reads getters of a class, and nothing of a polluted Object.prototype", () => {
    class Keys {
      get accessKeyId() {
        return first.accessKeyId;
      }
      get secretAccessKey() {
        return first.secretAccessKey;
      }
    }
    const { accessKeyId, secretAccessKey } = first;
    const clean = signBy({ accessKeyId, secretAccessKey });
    Object.assign(Object.prototype, { sessionToken: "polluted", expiration: new Date(5) });
    try {
      expect(signBy(new Keys())).toEqual(clean);
    } finally {
      for (const name of ["sessionToken", "expiration"]) Reflect.deleteProperty(Object.prototype, name);
    }
  });
});
