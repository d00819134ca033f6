import { createSigner, type CountersignEvent, prepare } from "@countersign/signer";
import { Agent, request } from "undici";
import { describe, expect, it } from "vitest";
import { createSignedFetch, type Fetch } from "../../src/index.ts";
import { assembleFetch, retrying } from "../../src/parts.ts";
import { signingInterceptor } from "../../src/undici.ts";
import { vendedCredentials, type VendedCredentialsOptions } from "../../src/vended.ts";
import { localServer, nth } from "../local-server.ts";
import { type ManualClock, manualClock } from "../manual-clock.ts";

const HOUR = 3_600_000;
const region = "eu-west-1";
const URL_ = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";

const tokenOf = (sub: string, jti = 0): string =>
  `e30.${Buffer.from(JSON.stringify({ iss: "https://idp", sub, jti })).toString("base64url")}.c2ln`;

/** A broker that vends each user a key of its own, when `release` lets it. */
function scene(change: Partial<VendedCredentialsOptions> = {}) {
  const clock: ManualClock = manualClock("stay");
  const user: { token: string | undefined } = { token: tokenOf("ada") };
  const asked: string[] = [];
  const events: CountersignEvent[] = [];
  let held: Promise<void> | undefined;
  let release = (): void => undefined;
  const fetch: Fetch = async (_input, init) => {
    const [, payload = ""] = (new Headers(init?.headers).get("authorization") ?? "").split(".");
    const { sub } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { readonly sub: string };
    asked.push(sub);
    await held;
    const id = `ASIA${sub.toUpperCase()}${asked.length}`;
    const expiration = new Date(clock.now() + HOUR).toISOString();
    return Response.json({ accessKeyId: id, secretAccessKey: `s-${id}`, sessionToken: `t-${id}`, expiration });
  };
  const credentials = vendedCredentials({
    url: "https://broker.example.com",
    grant: "chat",
    getToken: async () => user.token,
    fetch,
    clock,
    onEvent: (event) => events.push(event),
    ...change,
  });
  const hold = (): void => {
    held = new Promise((resolve) => (release = resolve));
  };
  return { credentials, clock, user, asked, events, hold, release: () => release() };
}

const keyIn = (authorization: string | null | undefined): string | undefined =>
  /Credential=(\w+?)\d*\//u.exec(authorization ?? "")?.[1];

type Scene = ReturnType<typeof scene>;

/** Every door through which credentials sign, each answering with the key that signed. */
const doors: readonly (readonly [string, (scene: Scene) => () => Promise<string | undefined>])[] = [
  [
    "createSignedFetch",
    ({ credentials, clock }) => {
      const fetch: Fetch = async (input, init) =>
        new Response(new Headers(init?.headers ?? (input as Request).headers).get("authorization"));
      const signed = createSignedFetch({ region, credentials, clock, fetch });
      return async () => keyIn(await (await signed(URL_, { method: "POST", body: "{}" })).text());
    },
  ],
  [
    "signer.sign",
    ({ credentials, clock }) => {
      const signer = createSigner({ region, credentials, clock });
      return async () => keyIn((await signer.sign({ url: URL_ })).headers["authorization"]);
    },
  ],
  [
    "signer.presign",
    ({ credentials, clock }) => {
      const signer = createSigner({ region, credentials, clock });
      return async () => {
        const { url } = await signer.presign({ url: URL_ }, { expiresIn: 60 });
        return /X-Amz-Credential=(\w+?)\d*%2F/u.exec(url)?.[1];
      };
    },
  ],
  [
    "prepare",
    ({ credentials, clock }) => {
      const prepared = prepare(createSigner({ region, credentials, clock }), { method: "POST", url: URL_ });
      return async () => keyIn((await prepared.sign("{}"))["authorization"]);
    },
  ],
  [
    "signingInterceptor",
    ({ credentials, clock }) => {
      const signer = createSigner({ region, credentials, clock });
      return async () => {
        await using server = await localServer();
        const dispatcher = new Agent().compose(signingInterceptor(signer, { allowedHosts: ["127.0.0.1"] }));
        const answer = await request(server.origin, { dispatcher, method: "POST", body: "{}" });
        await answer.body.dump();
        await dispatcher.close();
        return keyIn(nth(server.received, 0).headers["authorization"]);
      };
    },
  ],
];

describe.each(doors)(
  "kind: a cache key holds the principal: vended credentials belong to the token's user: %s",
  (_name, open) => {
    it.each([
      ["an asynchronous getToken", (user: Scene["user"]) => async () => user.token],
      ["a getToken that reads a variable", (user: Scene["user"]) => () => user.token],
    ])("another user's token, with %s", async (_what, getToken) => {
      const user: Scene["user"] = { token: tokenOf("ada") };
      const made = scene({ getToken: getToken(user) });
      const sign = open(made);
      expect(await sign()).toBe("ASIAADA");
      user.token = tokenOf("ada", 1);
      expect(await sign()).toBe("ASIAADA");
      user.token = tokenOf("bob");
      expect(await sign()).toBe("ASIABOB");
      user.token = undefined;
      await expect(sign()).rejects.toMatchObject({ code: "GRANT_REFUSED" });
      user.token = tokenOf("ada");
      expect(await sign()).toBe("ASIAADA");
      expect(made.asked).toEqual(["ada", "bob", "ada"]);
    });

    it("signOut() drops the credentials at once, and a grant that is on its way", async () => {
      const made = scene();
      const sign = open(made);
      expect(await sign()).toBe("ASIAADA");
      made.credentials.signOut();
      made.user.token = undefined;
      expect(made.credentials.peek()).toBeUndefined();
      await expect(sign()).rejects.toMatchObject({ code: "GRANT_REFUSED" });

      made.user.token = tokenOf("ada");
      made.hold();
      const pending = sign();
      await expect.poll(() => made.asked.length).toBe(2);
      made.credentials.signOut();
      made.release();
      await expect(pending).rejects.toMatchObject({ code: "GRANT_REFUSED" });
    });

    it("a late grant of the first user reaches neither the second nor the first", async () => {
      const made = scene();
      const sign = open(made);
      made.hold();
      const first = sign();
      first.catch(() => undefined);
      await expect.poll(() => made.asked.length).toBe(1);
      made.user.token = tokenOf("bob");
      const second = sign();
      await expect.poll(() => made.asked.length).toBe(2);
      made.release();
      await expect(first).rejects.toMatchObject({ code: "GRANT_REFUSED" });
      expect(await second).toBe("ASIABOB");
      expect(await sign()).toBe("ASIABOB");
    });
  },
);

describe("kind: a cache key holds the principal: a user who changes while something is awaited", () => {
  it("during the grant, without another call, does not get the first user's credentials", async () => {
    const made = scene();
    made.hold();
    const pending = made.credentials();
    await expect.poll(() => made.asked.length).toBe(1);
    made.user.token = tokenOf("bob");
    made.release();
    await expect(pending).rejects.toMatchObject({ code: "GRANT_REFUSED" });
    expect((await made.credentials()).accessKeyId).toMatch(/^ASIABOB/u);
  });

  it("a token that arrives after a later one is asked for again", async () => {
    const answers: ((token: string) => void)[] = [];
    const made = scene({ getToken: () => new Promise((resolve) => answers.push(resolve)) });
    const first = made.credentials();
    const second = made.credentials();
    nth(answers, 1)(tokenOf("bob"));
    await expect.poll(() => made.asked.length).toBe(1);
    nth(answers, 0)(tokenOf("ada"));
    for (const at of [2, 3]) {
      await expect.poll(() => answers.length).toBeGreaterThan(at);
      nth(answers, at)(tokenOf("bob"));
    }
    const [one, two] = await Promise.all([first, second]);
    expect([one.accessKeyId, two.accessKeyId]).toEqual(["ASIABOB1", "ASIABOB1"]);
    expect(made.asked).toEqual(["bob"]);
  });

  it("signSync refuses while the owner of the credentials is unknown", async () => {
    const user = { token: tokenOf("ada") };
    const made = scene({ getToken: () => user.token });
    const signer = createSigner({ region, credentials: made.credentials, clock: made.clock });
    await signer.ready();
    expect(keyIn(signer.signSync({ url: URL_ }).headers["authorization"])).toBe("ASIAADA");
    user.token = tokenOf("bob");
    expect(() => signer.signSync({ url: URL_ })).toThrow(expect.objectContaining({ code: "CREDENTIALS_NOT_READY" }));
    await signer.ready();
    expect(keyIn(signer.signSync({ url: URL_ }).headers["authorization"])).toBe("ASIABOB");
  });

  it("a getToken that fails is the caller's own error, and takes nothing away", async () => {
    const failure = new Error("the identity provider is down");
    let isDown = false;
    const made = scene({ getToken: async () => (isDown ? Promise.reject(failure) : tokenOf("ada")) });
    await made.credentials();
    isDown = true;
    await expect(made.credentials()).rejects.toBe(failure);
    isDown = false;
    await made.credentials();
    expect(made.asked).toEqual(["ada"]);
  });

  it("a caller's signal ends the wait for a token that does not come", async () => {
    const made = scene({ getToken: () => new Promise(() => undefined) });
    const abort = new AbortController();
    const pending = made.credentials({ signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
  });
});

describe.each<[string, (scene: Scene, fetch: Fetch) => Fetch]>([
  [
    "createSignedFetch",
    ({ credentials, clock }, fetch) =>
      createSignedFetch({ region, credentials, clock, retry: { random: () => 0 }, fetch }),
  ],
  [
    "assembleFetch",
    ({ credentials, clock }, fetch) =>
      assembleFetch({ region, credentials, clock, hosts: [new URL(URL_).host], retry: retrying(), fetch }),
  ],
])("a user who changes while a call waits to be sent again: %s", (_name, make) => {
  /** A call whose first attempt is answered with 503, and then the user changes. */
  function changing(onChange: () => void) {
    const made = scene();
    const sent: (string | undefined)[] = [];
    const signed = make(made, async (input, init) => {
      sent.push(keyIn(new Headers(init?.headers ?? (input as Request).headers).get("authorization")));
      if (sent.length > 1) return new Response("{}");
      made.user.token = tokenOf("bob");
      onChange();
      return new Response(null, { status: 503 });
    });
    return { signed, sent };
  }

  it("has it signed with the credentials of that time", async () => {
    const { signed, sent } = changing(() => undefined);
    await signed(URL_, { method: "POST", body: "{}" });
    expect(sent).toEqual(["ASIAADA", "ASIABOB"]);
  });

  it("ends it by its signal: nothing is signed for the next user", async () => {
    const abort = new AbortController();
    const { signed, sent } = changing(() => abort.abort(new Error("signed out")));
    await expect(signed(URL_, { method: "POST", body: "{}", signal: abort.signal })).rejects.toThrow("signed out");
    expect(sent).toEqual(["ASIAADA"]);
  });
});

describe("a broker that fails", () => {
  const answering = (...answers: (() => Response | Promise<Response>)[]) => {
    let count = 0;
    const made = scene({
      fetch: async () => {
        const answer = answers[Math.min(count++, answers.length - 1)];
        return answer === undefined ? Response.error() : answer();
      },
    });
    return { ...made, count: () => count };
  };
  const failed = { code: "VENDING_FAILED" };
  const key = () => ({
    accessKeyId: "ASIA",
    secretAccessKey: "s",
    sessionToken: "t",
    expiration: new Date(Date.UTC(2027, 0)).toISOString(),
  });

  it("with a 404 has refused no grant, and takes nothing away", async () => {
    const made = answering(
      () => Response.json({ ...key(), expiration: new Date(made.clock.now() + HOUR).toISOString() }),
      () => new Response("no such route", { status: 404 }),
    );
    const { accessKeyId } = await made.credentials();
    made.clock.advance(HOUR - 30_000);
    expect((await made.credentials()).accessKeyId).toBe(accessKeyId);
    made.clock.advance(31_000);
    await expect(made.credentials()).rejects.toMatchObject(failed);
  });

  it("is not asked again at once, and not before its Retry-After", async () => {
    const busy = () => new Response(null, { status: 503, headers: { "retry-after": "20" } });
    const made = answering(busy, () => Response.json(key()));
    await expect(made.credentials()).rejects.toMatchObject(failed);
    made.clock.advance(19_000);
    await expect(made.credentials()).rejects.toMatchObject(failed);
    expect(made.count()).toBe(1);
    made.clock.advance(1001);
    expect((await made.credentials()).accessKeyId).toBe("ASIA");
  });

  it("is asked ever less often, but at least every thirty seconds", async () => {
    const made = answering(() => new Response(null, { status: 500 }));
    for (let second = 0; second < 600; second++) {
      await expect(made.credentials()).rejects.toMatchObject(failed);
      made.clock.advance(1000);
    }
    expect(made.count()).toBeGreaterThanOrEqual(20);
    expect(made.count()).toBeLessThan(60);
  });

  it("and asks to wait for a year is asked again after five minutes", async () => {
    const made = answering(
      () => new Response(null, { status: 429, headers: { "retry-after": "31536000" } }),
      () => Response.json(key()),
    );
    await expect(made.credentials()).rejects.toMatchObject(failed);
    made.clock.advance(300_001);
    expect((await made.credentials()).accessKeyId).toBe("ASIA");
  });

  it.each([
    ["a line break in the session token", { sessionToken: "t\n" }],
    ["a space before the secret", { secretAccessKey: " s" }],
    ["a slash in the key id", { accessKeyId: "A/B" }],
  ])("by answering %s is then left alone", async (_what, change) => {
    const made = answering(() => Response.json({ ...key(), ...change }));
    for (let call = 0; call < 2; call++) await expect(made.credentials()).rejects.toMatchObject(failed);
    expect(made.count()).toBe(1);
  });

  it("by an answer that shows no status, as a redirect in a page, is told to have redirected", async () => {
    const made = answering(() => Response.error());
    await expect(made.credentials()).rejects.toThrow("it redirected, perhaps to a sign-in page");
  });

  it("does not make another user wait", async () => {
    const made = answering(
      () => new Response(null, { status: 429, headers: { "retry-after": "60" } }),
      () => Response.json(key()),
    );
    await expect(made.credentials()).rejects.toMatchObject(failed);
    made.user.token = tokenOf("bob");
    expect((await made.credentials()).accessKeyId).toBe("ASIA");
  });

  it.each([
    [
      "a body without an end",
      () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536)) })),
    ],
    ["a body of a megabyte", () => Response.json({ ...key(), padding: "x".repeat(1_000_000) })],
  ])("with %s is a failure", async (_what, answer) => {
    await expect(answering(answer).credentials()).rejects.toMatchObject(failed);
  });

  it.each([
    ["that never answers", () => new Promise<Response>(() => undefined)],
    ["whose body trickles", () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }))],
  ])("%s, through a fetch that ignores its signal, is given up after ten seconds", async (_what, answer) => {
    const start = performance.now();
    await expect(answering(answer).credentials()).rejects.toMatchObject(failed);
    expect(performance.now() - start).toBeLessThan(25_000);
  });
});
