import { type Clock, type Credentials, createSigner } from "@countersign/signer";
import { resolveEndpoint } from "@countersign/signer/endpoints";
import { checkOptions, clockShape, optional, type Shapes, text, unchecked } from "@countersign/signer/options";
import { refuseOption } from "../../errors/refuse.ts";
import {
  AUDIENCE_HEADER,
  type IdentityProof,
  NONCE_HEADER,
  PROOF_BODY,
  PROOF_CONTENT_TYPE,
  PROOF_HEADERS,
} from "./identity-proof.ts";

/** Settings of `proveIdentity`. */
export interface ProveIdentityOptions {
  /** Sign the proof: its principal is the one that the server sees. */
  readonly credentials: Credentials;
  /** The Region whose STS verifies the proof; one of the server's `identityRegions`. */
  readonly region: string;
  /** The server's `audience`. */
  readonly audience: string;
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
}

const shapes: Shapes<ProveIdentityOptions> = {
  credentials: unchecked,
  region: text,
  audience: text,
  clock: optional(clockShape),
};

/**
 * Signs the proof that `POST /v1/identity/:grant` takes. A proof is accepted once, within five minutes, by one audience.
 *
 * @throws BrokerError `INVALID_OPTION`; SignerError when the credentials cannot sign.
 *
 * @example
 * const proof = await proveIdentity({ credentials, region: "eu-west-1", audience: "https://broker.example.com" });
 * await fetch("https://broker.example.com/v1/identity/batch", { method: "POST", body: JSON.stringify(proof) });
 */
export async function proveIdentity(options: ProveIdentityOptions): Promise<IdentityProof> {
  const { credentials, region, audience, clock } = checkOptions(options, shapes, refuseOption);
  if (credentials === undefined) refuseOption("credentials: must be the credentials to prove", "credentials");
  const signer = createSigner({
    region,
    service: "sts",
    credentials,
    settings: { signedHeaders: { also: [AUDIENCE_HEADER, NONCE_HEADER] } },
    ...(clock && { clock }),
  });
  const { headers } = await signer.sign({
    method: "POST",
    url: resolveEndpoint({ service: "sts", region }).url,
    headers: {
      "content-type": PROOF_CONTENT_TYPE,
      [AUDIENCE_HEADER]: audience,
      [NONCE_HEADER]: crypto.randomUUID(),
    },
    body: PROOF_BODY,
  });
  return {
    region,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => PROOF_HEADERS.has(name))),
  };
}
