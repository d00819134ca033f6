import { createBroker } from "@countersign/broker";
import { createClock } from "@countersign/signer";
import { errors } from "jose";
import { anchorNow } from "../../../packages/broker/src/model/effective-time.ts";
import { acceptAnswer } from "../../../packages/broker/src/sts/sts-answer.ts";
import { createKeySet } from "../../../packages/broker/src/server/proof/key-set.ts";
import { createRemoteAddress } from "../../../packages/broker/src/server/limits/remote-address.ts";
import { nestedSettings, parseConfig } from "../../../packages/broker/src/sources/shared-config/parse-config.ts";
import { readCredentials } from "../../../packages/broker/src/sources/read-credentials.ts";
import { createKeyring } from "../../../packages/broker/src/store/keyring.ts";
import { createRecordSeal } from "../../../packages/broker/src/store/record-seal.ts";
import { readingFrom, revocationReadingFrom } from "../../../packages/broker/src/store/store-answer.ts";
import { createVendingApp, VendingError } from "@countersign/broker/server";
import { HOST, ORIGIN, startVending } from "../../../packages/broker/test/server/fixture.ts";
import { type Door, SECRET } from "../door.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const broker = createBroker({ region: "eu-west-1", credentials });
const configuration = {
  hosts: [HOST],
  origins: [ORIGIN],
  identityProvider: {
    issuer: "https://id.example.com/",
    audience: "https://broker.example.com",
    jwksUrl: "https://id.example.com/jwks",
    maxAgeSeconds: 60,
  },
  audience: "https://broker.example.com",
  identityRegions: ["eu-west-1"],
  limits: { perSubject: 1, perAddress: 1 },
  grants: {
    invoke: {
      kind: "browser",
      roleArn: "arn:aws:iam::123456789012:role/web",
      allow: [
        {
          actions: ["sagemaker:InvokeEndpoint"],
          resources: ["arn:aws:sagemaker:us-east-1:123456789012:endpoint/{tenant}-x"],
        },
      ],
    },
    task: { kind: "container", roleArn: "arn:aws:iam::123456789012:role/web", tokenSha256: ["a".repeat(64)] },
    batch: {
      kind: "machine",
      roleArn: "arn:aws:iam::123456789012:role/web",
      principals: ["arn:aws:iam::123456789012:role/batch"],
    },
  },
};

/** Started with the first request of a run, and ended with the process. */
let vending: Promise<Awaited<ReturnType<typeof startVending>>> | undefined;

const seal = createRecordSeal("fuzz", createKeyring([{ id: "a", key: Buffer.alloc(32, 1) }]));
const slot = { key: "k", canon: "{}", subjects: ["s"], operation: "AssumeRole", input: {} };
const sealed = seal.seal(slot, {
  credentials: { ...credentials, sessionToken: SECRET, expiration: new Date(9e12), accountId: "111122223333" },
  issuedAt: 1,
  epochs: [1],
});
const NAMES = { token: "SessionToken", expiration: "Expiration", accountId: "AccountId" };
const remoteAddress = createRemoteAddress(["10.0.0.0/8", "fd00::/8"]);
const jwks = { keys: [{ kty: "EC", crv: "P-256", kid: "k1", alg: "ES256", x: "A".repeat(43), y: "B".repeat(43) }] };

const clock = createClock();
const issuerTime = { issued: () => undefined, now: () => undefined, witnesses: () => [] };
const asked = {
  operation: "AssumeRole",
  accountId: "111122223333",
  input: { RoleArn: "arn:aws:iam::111122223333:role/Inference", RoleSessionName: "countersign" },
} as const;

export const brokerDoors: readonly Door[] = [
  {
    name: "broker: the shared configuration",
    seeds: [
      `[default]\nregion = eu-west-1\n\n[profile x]\nrole_arn: arn:aws:iam::1:role/a\ns3 =\n  addressing_style = path\n`,
      `[x]\naws_access_key_id = AKID\naws_secret_access_key = ${SECRET}\n`,
      `[sso-session a]\r\nsso_region = eu-west-1\r\n# comment\r\n;other\r\n`,
    ],
    words: ["[", "]", " = ", ":", "\n  ", "[profile x]\n", "\t", "\r"],
    read: (input) =>
      parseConfig(input, "config").forEach(({ settings }) => settings.forEach((setting) => nestedSettings(setting))),
  },
  {
    name: "broker: credentials as JSON",
    seeds: [
      JSON.stringify({
        Version: 1,
        AccessKeyId: "AKID",
        SecretAccessKey: SECRET,
        SessionToken: SECRET,
        Expiration: "2100-01-02T03:04:05Z",
        AccountId: "111122223333",
      }),
    ],
    words: ["null", '"__proto__":{"AccessKeyId":"x"},', '"Expiration":', "+25:00", "2100-02-30T00:00:00Z"],
    read: (input) => readCredentials(input, "fuzz", NAMES),
  },
  {
    name: "broker: an answer of STS",
    seeds: [
      JSON.stringify({
        Credentials: {
          AccessKeyId: "ASIAEXAMPLE",
          SecretAccessKey: "s",
          SessionToken: SECRET,
          Expiration: new Date(Date.now() + 3_600_000),
        },
        AssumedRoleUser: { Arn: "arn:aws:sts::111122223333:assumed-role/Inference/countersign" },
      }),
    ],
    words: ["null", "assumed-role/Admin/", "999999999999", "aws-cn", '"Expiration":', '"__proto__":', "\\r\\n"],
    // Whatever it answers, it is a session of this role or refused.
    read(input) {
      let answer: unknown;
      try {
        answer = JSON.parse(input, (name, value: unknown) =>
          name === "Expiration" ? new Date(value as string) : value,
        );
      } catch {
        return;
      }
      const { credentials: issued } = acceptAnswer(Object(answer) as object, asked, 3_600, anchorNow(clock), {
        clock,
        issuerTime,
      });
      if (issued.accountId !== "111122223333") throw new Error("a session of another account");
    },
  },
  {
    name: "broker: the keys of an identity provider",
    seeds: [JSON.stringify(jwks)],
    words: ["null", '"kty":"oct","k":"AAAA"', '"keys":[]', '"alg":"HS256"', '"kid":'],
    refuses: (error) => error instanceof VendingError || error instanceof errors.JOSEError || isKeyFault(error),
    async read(input) {
      const source = { name: "fuzz", read: async () => input, refreshAfterMs: 1e9, coolDownMs: 0 };
      const clock = createClock();
      await createKeySet(source, clock)({ alg: "ES256", kid: "k1" }, () => clock.wall());
    },
  },
  {
    name: "broker: a record of the shared store",
    seeds: [sealed],
    words: ["Q1Mx", "AAAA", "=", "-_"],
    read(input) {
      const opened = seal.open(slot, { expiresAt: 9e12, epochs: [1] }, input);
      const isOurs = Buffer.from(input, "base64").equals(Buffer.from(sealed, "base64"));
      if (typeof opened === "object" && !isOurs) throw new Error("a forged record opens");
    },
  },
  {
    name: "broker: an answer of the shared store",
    seeds: [
      JSON.stringify({ session: { credentials, issuedAt: 1, epochs: [1] }, remainingMs: 5, revocations: [] }),
      JSON.stringify({ revocations: [{ subject: "s", epoch: 1, issuedBefore: 2 }], alarms: ["RECORD_FORGED"] }),
    ],
    words: ["null", "1e400", '"__proto__":', "[]", '"epochs":'],
    read(input) {
      let answer: unknown;
      try {
        answer = JSON.parse(input);
      } catch {
        return;
      }
      readingFrom(answer, 1);
      revocationReadingFrom(answer, 1);
    },
  },
  {
    name: "broker: the address of a caller",
    seeds: ["203.0.113.9, 10.0.0.1", "[2001:db8::1]:443, ::ffff:10.0.0.2", "fd00::1%eth0"],
    words: ["::ffff:", "0:0:0:0:0:ffff:", "%25", ":65536", ",,", "unknown"],
    read(input) {
      const { limited } = remoteAddress("10.0.0.9", input);
      if (limited === "") throw new Error("counted by nothing");
    },
  },
  {
    name: "broker: the configuration of the vending server",
    seeds: [JSON.stringify(configuration)],
    words: ["null", '"claims":{"a":"b"},', "{sub}", "{tenant}", "*", '"roleArn":'],
    refuses: (error) => error instanceof VendingError && error.code === "INVALID_CONFIG",
    async read(input) {
      let config: unknown;
      try {
        config = JSON.parse(input);
      } catch {
        return;
      }
      await createVendingApp(broker, config as never).drain();
    },
  },
  {
    name: "broker: a request for credentials",
    seeds: [
      "invoke\neyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJhbGljZSJ9.AAAA\n",
      "task\na-container-token-of-256-bits-or-so\n",
      'batch\nx\n{"proof":"x"}',
    ],
    words: ["eyJhbGciOiJub25lIn0.", ".", "Bearer ", "..", "%2f"],
    async read(input) {
      const { app } = await (vending ??= startVending());
      const [grant = "", token = "", body = ""] = input.split("\n", 3);
      let request: Request;
      try {
        request = new Request(`https://${HOST}/v1/vend/${grant}`, {
          method: "POST",
          headers: { host: HOST, origin: ORIGIN, authorization: `Bearer ${token}` },
          body,
        });
      } catch {
        return;
      }
      const { status } = await app.request(request);
      if (status >= 500 || status === 200) throw new Error(`answered with ${status}`);
    },
  },
];

/** WebCrypto's own refusal of a key; the verifier of tokens answers it as a rejected token. */
function isKeyFault(error: unknown): boolean {
  return error instanceof DOMException || error instanceof TypeError || error instanceof SyntaxError;
}
