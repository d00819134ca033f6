import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createMfaPrompts } from "../../src/sources/mfa-prompts.ts";
import type { Role } from "../../src/model/role.ts";
import { harness, ROLE, until } from "../harness.ts";
import { memoryStore } from "../store/memory-store.ts";

const SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYZZ";
const refuse = (): never => {
  throw new TypeError(SECRET);
};
const withGetter = (name: string): Error => Object.defineProperty(new Error("x"), name, { get: refuse });

const reject = async (error: () => unknown): Promise<never> => {
  throw error();
};

/** What code of others may throw: all that reads it fails, or says what it likes. */
const thrown: Readonly<Record<string, () => unknown>> = {
  "nothing at all": () => undefined,
  "an object without a prototype": () => Object.create(null) as object,
  "an object whose text fails": () => ({ toString: refuse }),
  "an error whose message fails": () => withGetter("message"),
  "an error whose code fails": () => withGetter("code"),
  "an error whose cause fails": () => withGetter("cause"),
  "an error whose cause cannot be read": () => new Error("x", { cause: withGetter("message") }),
  "an error of AWS that cannot be read": () =>
    Object.assign(new Error(SECRET), { $metadata: new Proxy({}, { get: refuse }) }),
  "a proxy that refuses": () => new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse }),
  "a proxy that was revoked": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};

type Door = (error: () => unknown) => { readonly h: ReturnType<typeof harness>; readonly role: Role };

/** Every place where errors of other code come in. */
const doors: Readonly<Record<string, Door>> = {
  STS(error) {
    const h = harness();
    h.sts = () => {
      throw error();
    };
    return { h, role: h.broker.role({ roleArn: ROLE }) };
  },
  "the source of credentials"(error) {
    const h = harness({ credentials: () => reject(error) });
    return { h, role: h.broker.role({ roleArn: ROLE }) };
  },
  "the source of a token"(error) {
    const h = harness();
    return { h, role: h.broker.webIdentity({ roleArn: ROLE, token: () => reject(error) }) };
  },
  "the prompt for a code"(error) {
    const h = harness();
    const mfa = { serialNumber: "arn:aws:iam::111122223333:mfa/a", code: () => reject(error) };
    return { h, role: h.broker.role({ roleArn: ROLE, mfa }) };
  },
};

describe.each(Object.entries(doors))("kind: foreign and platform errors are not quoted: %s", (_name, open) => {
  it.each(Object.entries(thrown))("that throws %s fails with a typed error", async (_what, error) => {
    const { h, role } = open(error);
    const failed: unknown = await until(h.clock, role.get()).catch((refused: unknown) => refused);
    expect(failed).toMatchObject({ name: "BrokerError", code: expect.stringMatching(/UNAVAILABLE|MFA_FAILED/u) });
    expect(inspect(failed, { depth: 9, showHidden: true })).not.toContain(SECRET);
  });
});

it.each(Object.entries(thrown))("a store that throws %s costs a call of STS, and no caller", async (_what, error) => {
  const store = memoryStore();
  store.before = () => reject(error);
  const h = harness({ store });
  await expect(until(h.clock, h.broker.role({ roleArn: ROLE }).get())).resolves.toMatchObject({
    accessKeyId: "ASIA0000000000000001",
  });
});

it.each([[["123456"]], [{ toString: () => "123456" }], [123_456], [null]])(
  "a one-time code that is %o and not text is refused",
  async (code) => {
    const prompts = createMfaPrompts({ sleep: () => new Promise(() => undefined) });
    const mfa = { serialNumber: "arn:aws:iam::111122223333:mfa/a", code: async () => code as string };
    await expect(prompts.ask(mfa, new AbortController().signal)).rejects.toMatchObject({ code: "MFA_FAILED" });
  },
);
