import { vendedCredentials } from "@countersign/fetch/vended";
import { createClock } from "@countersign/signer";
import { describe, expect, test } from "vitest";
import { createInvoker, createSageMaker } from "../../src/index.ts";

const HOUR = 3_600_000;
const clock = createClock();
const tokenOf = (sub: string): string =>
  `e30.${Buffer.from(JSON.stringify({ iss: "https://idp", sub })).toString("base64url")}.c2ln`;

/** A broker that vends each user a key of its own. It waits where the test holds it. */
function scene() {
  const user: { token: string | undefined } = { token: tokenOf("ada") };
  const asked: string[] = [];
  let held: Promise<void> | undefined;
  let release = (): void => undefined;
  const credentials = vendedCredentials({
    url: "https://broker.example.com",
    grant: "chat",
    getToken: () => user.token,
    clock,
    fetch: async (_input, init) => {
      const [, payload = ""] = (new Headers(init?.headers).get("authorization") ?? "").split(".");
      const { sub } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { readonly sub: string };
      asked.push(sub);
      await held;
      const expiration = new Date(clock.now() + HOUR).toISOString();
      const accessKeyId = `ASIA${sub.toUpperCase()}`;
      return Response.json({ accessKeyId, secretAccessKey: "s", sessionToken: "t", expiration });
    },
  });
  return {
    credentials,
    user,
    asked,
    hold: () => void (held = new Promise((resolve) => (release = resolve))),
    release: () => release(),
  };
}

type Scene = ReturnType<typeof scene>;

const keyIn = (text: string): string | undefined => /Credential=(\w+?)(?:\/|%2F)/u.exec(text)?.[1];

/** A client whose answer is the authorization of its own request. */
const options = ({ credentials }: Scene) => ({
  region: "eu-west-1",
  credentials,
  clock,
  fetch: async (input: unknown, init?: RequestInit) =>
    new Response(new Headers(init?.headers ?? (input as Request).headers).get("authorization")),
});

const doors: Readonly<Record<string, (scene: Scene) => () => Promise<string | undefined>>> = {
  "createInvoker().invoke": (made) => {
    const invoker = createInvoker(options(made));
    return async () => keyIn((await invoker.invoke("e", {})).text());
  },
  "createSageMaker().invoke": (made) => {
    const sagemaker = createSageMaker(options(made));
    return async () => keyIn((await sagemaker.invoke("e", {})).text());
  },
  bearerTokenProvider: (made) => {
    const provide = createSageMaker(options(made)).bearerTokenProvider();
    return async () => keyIn(atob((await provide()).replace("sagemaker-api-key-", "")));
  },
  bearerToken: (made) => {
    const sagemaker = createSageMaker(options(made));
    return async () => keyIn(atob((await sagemaker.bearerToken()).token.replace("sagemaker-api-key-", "")));
  },
};

describe.each(Object.entries(doors))("kind: a cache key holds the principal: %s with vended credentials", (_, open) => {
  test("another user's token, and none", async () => {
    const made = scene();
    const use = open(made);
    expect(await use()).toBe("ASIAADA");
    expect(await use()).toBe("ASIAADA");
    made.user.token = tokenOf("bob");
    expect(await use()).toBe("ASIABOB");
    made.user.token = undefined;
    await expect(use()).rejects.toMatchObject({ code: "GRANT_REFUSED" });
    expect(made.asked).toEqual(["ada", "bob"]);
  });

  test("a grant of the first user that arrives late does not reach the second", async () => {
    const made = scene();
    const use = open(made);
    made.hold();
    const late = use().catch(() => undefined);
    await expect.poll(() => made.asked).toEqual(["ada"]);
    made.user.token = tokenOf("bob");
    const second = use();
    await expect.poll(() => made.asked).toContain("bob");
    made.release();
    expect(await second).toBe("ASIABOB");
    expect(await late).not.toBe("ASIAADA");
  });

  test("signOut() drops what was granted, and what is cached of it", async () => {
    const made = scene();
    const use = open(made);
    await use();
    made.credentials.signOut();
    made.user.token = undefined;
    await expect(use()).rejects.toMatchObject({ code: "GRANT_REFUSED" });
  });
});
