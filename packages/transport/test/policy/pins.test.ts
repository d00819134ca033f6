import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import type { CountersignEvent } from "@countersign/signer";
import { transportErrorOf } from "../../src/errors/foreign-error.ts";
import { parsePins } from "../../src/policy/pins.ts";
import { createAuthority } from "../authority.ts";
import { refusal, useParts, ways } from "../parts.ts";
import { startServer } from "../server.ts";

const parts = useParts();
const spare = Buffer.alloc(32, 7).toString("base64");

it("needs two different pins, in base64", () => {
  for (const pins of [[], [spare], [spare, `sha256/${spare}`], [spare, "short="], [spare, `${spare}=`]]) {
    expect(() => parsePins(pins)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  }
  for (const pins of ["short", spare, null, [spare, null], { [spare]: spare }] as never[]) {
    expect(() => parsePins(pins)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  }
  expect(parsePins([spare, `sha256/${parts.identity.pin}`]).size).toBe(2);
});

describe.each(Object.entries(ways))("%s", (_way, send) => {
  it("accepts a server whose own key is pinned", async () => {
    const { url } = await parts.server();
    expect(await send(parts.transport({ pins: [parts.identity.pin, spare] }), url)).toBe("GET /");
  });

  it("accepts a server whose CA's key is pinned", async () => {
    const { url } = await parts.server();
    expect(await send(parts.transport({ pins: [spare, parts.authority.root.pin] }), url)).toBe("GET /");
  });

  it("refuses a trusted server without a pinned key before a byte of the request leaves", async () => {
    const target = await parts.server();
    const other = Buffer.alloc(32, 8).toString("base64");
    const error = await refusal(send(parts.transport({ pins: [spare, other] }), target.url));
    expect(error).toMatchObject({ code: "TLS_PIN_MISMATCH", phase: "handshake", sent: false });
    expect(error.message).toContain("CN=Test Root");
    expect(target.requests()).toBe(0);
  });
});

it("finds the pin of an intermediate CA", async () => {
  const intermediate = parts.authority.issue({ name: "Intermediate", ca: true });
  const leaf = parts.authority.issue({ issuer: intermediate });
  const target = parts.closing(await startServer({ cert: leaf.cert + intermediate.cert, key: leaf.key }));
  expect(await ways.request(parts.transport({ pins: [intermediate.pin, spare] }), target.url)).toBe("GET /");
});

it("is not satisfied by a pinned certificate that is merely sent along", async () => {
  // Another root of the same name, trusted too: its chain carries a copy of the pinned root's certificate.
  const impostor = createAuthority();
  try {
    const leaf = impostor.issue({ anonymousIssuer: true });
    const target = parts.closing(await startServer({ cert: leaf.cert + parts.authority.root.cert, key: leaf.key }));
    const t = parts.transport({
      ca: [impostor.root.cert, parts.authority.root.cert],
      pins: [parts.authority.root.pin, spare],
    });
    expect((await refusal(ways.request(t, target.url))).code).toBe("TLS_PIN_MISMATCH");
    expect(target.requests()).toBe(0);
  } finally {
    impostor.dispose();
  }
});

describe("a CA that this machine trusts, and to which the pinned CA once gave a certificate", () => {
  it.each([
    ["that has expired", 31, "", "TLS_PIN_MISMATCH"],
    ["for clients only", 0, "extendedKeyUsage=clientAuth\n", "TLS_PIN_MISMATCH"],
    ["that is in force", 29, "", "GET /"],
    ["for servers and clients", 0, "extendedKeyUsage=serverAuth,clientAuth\n", "GET /"],
  ] as const)("%s", async (_what, age, usage, expected) => {
    const { authority } = parts;
    const { root } = authority;
    const trusted = authority.issue({ name: "Trusted", ca: true, issuer: undefined });
    const leaf = authority.issue({ issuer: trusted, days: 60 });
    const extensions = `${trusted.certFile}.cross`;
    writeFileSync(extensions, `basicConstraints=critical,CA:TRUE\n${usage}subjectKeyIdentifier=hash\n`);
    const request = ["-in", trusted.certFile.replace(/pem$/, "csr"), "-days", "30", "-extfile", extensions];
    const signer = ["-CA", root.certFile, "-CAkey", root.keyFile, "-CAcreateserial"];
    const cross = execFileSync("openssl", ["x509", "-req", ...request, ...signer], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const target = parts.closing(await startServer({ cert: leaf.cert + cross + root.cert, key: leaf.key }));
    const t = parts.transport({ ca: trusted.cert, pins: [root.pin, spare] });
    const now = vi.spyOn(Date, "now").mockReturnValue(Date.now() + age * 86_400_000);
    try {
      const outcome = await ways.request(t, target.url).catch((error: unknown) => transportErrorOf(error)?.code);
      expect(outcome).toBe(expected);
    } finally {
      now.mockRestore();
    }
    expect(target.requests()).toBe(expected === "GET /" ? 1 : 0);
  });
});

it("resumes no session, for a resumed connection shows no certificate", async () => {
  const events: CountersignEvent[] = [];
  const { url } = await parts.server();
  const t = parts.transport({ pins: [parts.identity.pin, spare], onEvent: (event) => events.push(event) });
  for (let n = 0; n < 3; n++) {
    await (await t.request(url, { method: "GET", headers: { connection: "close" } })).body.text();
  }
  expect(events.map((event) => event.name === "tls.handshake" && event.handshake.resumed)).toEqual([
    false,
    false,
    false,
  ]);
});
