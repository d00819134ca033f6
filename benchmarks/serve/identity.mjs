import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";

export const issuer = "https://id.example.com";
/** The page that asks. */
export const origin = "https://app.example.com";
export const audience = "https://broker.example.com";

/** An identity provider: its public keys, and tokens of its users. RS256 is what most providers sign with. */
export async function createIdentityProvider() {
  // Through PEM: Node 20 can deadlock when it exports a generated key as a JSON Web Key.
  const { publicKey, privateKey: pem } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const privateKey = createPrivateKey(pem);
  const header = { alg: "RS256", kid: "bench" };
  return {
    keys: { keys: [{ ...createPublicKey(publicKey).export({ format: "jwk" }), ...header, use: "sig" }] },
    token: (user) =>
      new SignJWT()
        .setProtectedHeader(header)
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(user)
        .setIssuedAt()
        .setExpirationTime("1h")
        .sign(privateKey),
  };
}
