import { exportJWK, generateKeyPair, SignJWT } from "jose";

export const issuer = "https://id.example.com";
/** The page that asks. */
export const origin = "https://app.example.com";
export const audience = "https://broker.example.com";

/** An identity provider: its public keys, and tokens of its users. RS256 is what most providers sign with. */
export async function createIdentityProvider() {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const header = { alg: "RS256", kid: "bench" };
  return {
    keys: { keys: [{ ...(await exportJWK(publicKey)), ...header, use: "sig" }] },
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
