// Run by Node 24 or newer: makes a certificate of ML-DSA with OpenSSL's keys, signs with it, and verifies with them.
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { signRequest } from "@countersign/signer/x509";
import {
  bitString,
  context,
  integer,
  objectIdentifier,
  pem,
  sequence,
  set,
  time,
  utf8String,
} from "../../packages/testing/src/tls/der.ts";

type KeyType = "ml-dsa-44" | "ml-dsa-65" | "ml-dsa-87";
type Pair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
const pair = (type: KeyType): Pair => (generateKeyPairSync as unknown as (type: KeyType) => Pair)(type);

/** A certificate that its own key signs (RFC 5280, section 4.1). */
function selfSigned({ publicKey, privateKey }: Pair): string {
  const spki = publicKey.export({ type: "spki", format: "der" });
  const identifier = { "ml-dsa-44": "17", "ml-dsa-65": "18", "ml-dsa-87": "19" }[
    publicKey.asymmetricKeyType as KeyType
  ];
  const algorithm = sequence(objectIdentifier(`2.16.840.1.101.3.4.3.${identifier}`));
  const name = sequence(set(sequence(objectIdentifier("2.5.4.3"), utf8String("ml-dsa"))));
  const fields = sequence(
    context(0, "constructed", integer(Uint8Array.of(2))),
    integer(Uint8Array.of(7)),
    algorithm,
    name,
    sequence(time(new Date("2020-01-01T00:00:00Z")), time(new Date("2049-01-01T00:00:00Z"))),
    name,
    spki,
  );
  return pem("CERTIFICATE", sequence(fields, algorithm, bitString(sign(null, fields, privateKey))));
}

const request = { method: "POST", url: "https://rolesanywhere.eu-west-1.amazonaws.com/sessions", body: "{}" };
const made = [];
for (const type of ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"] as const) {
  const own = pair(type);
  const certificate = selfSigned(own);
  const key = own.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const common = { certificate, region: "eu-west-1", date: new Date("2026-11-23T12:00:00Z") };
  const { headers, signature, stringToSign } = await signRequest(request, { ...common, key });
  const isValid = verify(null, Buffer.from(stringToSign), createPublicKey(key), Buffer.from(signature, "hex"));
  const wrong = await signRequest(request, { ...common, key: pair(type).privateKey }).catch(
    (error: unknown) => (error as { readonly code: string }).code,
  );
  made.push({ type, isValid, wrong, authorization: headers["authorization"], certificate, key, signature });
}
process.stdout.write(JSON.stringify(made));
