import type { CountersignEvent } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import type { IdentityRequest } from "../authority.ts";
import { refusal, useParts, ways } from "../parts.ts";
import { startServer } from "../server.ts";

const parts = useParts();
const leaf = ["basicConstraints=critical,CA:FALSE", "extendedKeyUsage=serverAuth"];
const localhost = "subjectAltName=DNS:localhost";

describe("names", () => {
  it.each([
    ["no subjectAltName", leaf],
    ["only an email address", [...leaf, "subjectAltName=email:a@localhost"]],
    ["only a URI", [...leaf, "subjectAltName=URI:https://localhost/"]],
    ["only an IP address", [...leaf, "subjectAltName=IP:127.0.0.1"]],
    ["no extensions", ["nsComment=none"]],
  ])("are not taken from the common name: %s", async (_name, extensions) => {
    const identity = parts.authority.issue({ name: "localhost", extensions });
    const target = parts.closing(await startServer(identity));
    for (const send of Object.values(ways)) {
      expect(await refusal(send(parts.transport(), target.url))).toMatchObject({
        code: "TLS_HOST_MISMATCH",
        phase: "handshake",
        sent: false,
      });
    }
    expect(target.requests()).toBe(0);
  });

  it("are taken from the subjectAltName, whatever the common name says", async () => {
    const identity = parts.authority.issue({ name: "other.example", extensions: [...leaf, localhost] });
    const target = parts.closing(await startServer(identity));
    expect(await ways.request(parts.transport(), target.url)).toBe("GET /");
  });

  it("may be an IP address alone, for a URL with that address", async () => {
    const identity = parts.authority.issue({ extensions: [...leaf, "subjectAltName=IP:127.0.0.1"] });
    const target = parts.closing(await startServer(identity));
    expect(await ways.request(parts.transport(), `https://127.0.0.1:${target.port}`)).toBe("GET /");
  });
});

describe("the certificate of an authority as the server's own", () => {
  it.each([
    ["with key usage", ["basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign,digitalSignature", localhost]],
    ["without", ["basicConstraints=CA:TRUE", "extendedKeyUsage=serverAuth", localhost]],
  ])("is refused: %s", async (_name, extensions) => {
    const target = parts.closing(await startServer(parts.authority.issue({ extensions })));
    for (const send of Object.values(ways)) {
      expect(await refusal(send(parts.transport(), target.url))).toMatchObject({
        code: "TLS_CERTIFICATE_INVALID",
        phase: "handshake",
        sent: false,
        message: expect.stringContaining("certificate authority"),
      });
    }
    expect(target.requests()).toBe(0);
  });

  it("passes if it is self-signed and itself the one that is trusted", async () => {
    const own = parts.authority.issue({ issuer: undefined, extensions: ["basicConstraints=CA:TRUE", localhost] });
    const target = parts.closing(await startServer(own));
    expect(await ways.request(parts.transport({ ca: own.cert }), target.url)).toBe("GET /");
    expect((await refusal(ways.request(parts.transport(), target.url))).code).toBe("TLS_CERTIFICATE_INVALID");
  });
});

describe("a certificate that OpenSSL refuses and Node has no name for", () => {
  const below = (extensions: readonly string[]): IdentityRequest => ({
    issuer: parts.authority.issue({ name: "Intermediate", extensions }),
  });
  const ca = "basicConstraints=critical,CA:TRUE";
  it.each<[string, () => IdentityRequest]>([
    ["an RSA key of 1024 bits", () => ({ key: "rsa", bits: 1024 })],
    ["a SHA-1 signature", () => ({ digest: "sha1" })],
    ["a name its issuer is not permitted", () => below([ca, "nameConstraints=critical,permitted;DNS:other.example"])],
    ["a name its issuer is excluded from", () => below([ca, "nameConstraints=critical,excluded;DNS:localhost"])],
    ["an issuer without keyCertSign", () => below([ca, "keyUsage=critical,digitalSignature"])],
    ["an issuer without CA:TRUE", () => below(leaf)],
    ["the purpose of a client", () => ({ usage: "clientAuth" })],
    ["an unknown critical extension", () => ({ extensions: [...leaf, localhost, "1.2.3.4=critical,DER:0500"] })],
  ])("is refused as such: %s", async (_name, request) => {
    const wanted = request();
    const identity = parts.authority.issue(wanted);
    const chain = identity.cert + (wanted.issuer?.cert ?? "");
    const target = parts.closing(
      await startServer({ cert: chain, key: identity.key }, { ciphers: "DEFAULT@SECLEVEL=0" }),
    );
    const events: CountersignEvent[] = [];
    const transport = parts.transport({ onEvent: (event) => events.push(event) });
    expect(await refusal(ways.request(transport, target.url))).toMatchObject({
      code: "TLS_CERTIFICATE_INVALID",
      phase: "handshake",
      sent: false,
    });
    expect(events).toMatchObject([{ name: "tls.refused", code: "TLS_CERTIFICATE_INVALID" }]);
    expect(transport.stats().refused).toBe(1);
    expect(target.requests()).toBe(0);
  });
});
