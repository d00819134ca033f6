import type { AwsCredentials, CredentialProvider } from "@countersign/signer";
import { createManualClock } from "@countersign/testing";
import { describe, expect, test } from "vitest";
import { createSageMaker, type SageMaker } from "../../src/index.ts";

const start = new Date("2026-05-21T12:00:00Z");
const example = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const hour = 3_600_000;

function client(credentials: AwsCredentials | CredentialProvider, clock = createManualClock(start)): SageMaker {
  return createSageMaker({
    region: "us-west-2",
    credentials,
    clock,
    fetch: () => Promise.reject(new Error("no call")),
  });
}

const decoded = (token: string): string => atob(token.replace("sagemaker-api-key-", ""));

// aws/sagemaker-python-sdk#5868: the generator exists only in Python; botocore computed this URL and token.
test("the token is the one of AWS's own generator, bit for bit", async () => {
  const { token, expiresAt } = await client(example).bearerToken();
  expect(decoded(token)).toBe(
    "sagemaker.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
      "&X-Amz-Credential=AKIDEXAMPLE%2F20260521%2Fus-west-2%2Fsagemaker%2Faws4_request&X-Amz-Date=20260521T120000Z" +
      "&X-Amz-Expires=43200&X-Amz-SignedHeaders=host&X-Amz-Security-Token=AQoDYXdzEXAMPLE%2Ftoken%2Bvalue%3D%3D" +
      "&X-Amz-Signature=eae254bc997c1a1331e5b8f58a3f4d61e21b69aa334025955e109ad85bd579dd&Version=1",
  );
  expect(token.startsWith("sagemaker-api-key-c2FnZW1ha2VyLmFtYXpvbmF3cy5jb20vP0FjdGlvbj1DYWxsV2l0aEJl")).toBe(true);
  expect(expiresAt).toEqual(new Date("2026-05-22T00:00:00Z"));
});

test("without a session token it holds no session token", async () => {
  const { accessKeyId, secretAccessKey } = example;
  expect(decoded((await client({ accessKeyId, secretAccessKey }).bearerToken()).token)).not.toContain("Security-Token");
});

describe("expiresAt", () => {
  test("is never after the credentials' own end, in the token as in the answer", async () => {
    const expiration = new Date(start.getTime() + hour);
    const { token, expiresAt } = await client({ ...example, expiration }).bearerToken();
    expect(expiresAt).toEqual(expiration);
    expect(decoded(token)).toContain("X-Amz-Expires=3600&");
  });

  test("is what was asked for when the credentials last longer", async () => {
    const { token, expiresAt } = await client(example).bearerToken({ expiresIn: 900 });
    expect(expiresAt).toEqual(new Date(start.getTime() + 900_000));
    expect(decoded(token)).toContain("X-Amz-Expires=900&");
  });

  test.each([0, -1, 43_201, 1.5, Number.NaN])("refuses %s seconds", async (expiresIn) => {
    await expect(client(example).bearerToken({ expiresIn })).rejects.toMatchObject({ code: "INVALID_OPTION" });
    expect(() => client(example).bearerTokenProvider({ expiresIn })).toThrow(/1 to 43200/);
  });
});

describe("bearerTokenProvider", () => {
  function source() {
    const clock = createManualClock(start);
    let calls = 0;
    let failing = false;
    const credentials: CredentialProvider = async () => {
      if (failing) throw new Error("STS is down");
      calls += 1;
      return { ...example, accessKeyId: `AKIDEXAMPLE${calls}`, expiration: new Date(clock.now() + hour) };
    };
    return {
      clock,
      provide: client(credentials, clock).bearerTokenProvider(),
      fail: (now: boolean) => void (failing = now),
    };
  }

  test("keeps a token until shortly before its end, and then makes another", async () => {
    const { clock, provide } = source();
    const first = await provide();
    await clock.advance(hour / 2);
    expect(await provide()).toBe(first);
    await clock.advance(hour * 0.49);
    const second = await provide();
    expect(second).not.toBe(first);
    expect(await provide()).toBe(second);
  });

  test("makes one token for all who wait for it", async () => {
    const { provide } = source();
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => provide()))).size).toBe(1);
  });

  test("answers with a token that still works while its source fails, until the credentials end", async () => {
    const { clock, provide, fail } = source();
    await provide();
    fail(true);
    await clock.advance(hour - 2000);
    expect(decoded(await provide())).toMatch(/AKIDEXAMPLE1%2F.*X-Amz-Expires=2&/);
    await clock.advance(2000);
    await expect(provide()).rejects.toThrow("STS is down");
    fail(false);
    await clock.advance(hour);
    expect(decoded(await provide())).toContain("AKIDEXAMPLE2%2F");
  });
});

describe("a token and its principal", () => {
  const alice = { ...example, accessKeyId: "AKIDALICE" };
  const bob = { ...example, accessKeyId: "AKIDBOB" };

  /** Credentials that belong to a person who can change, as credentials vended for a signed-in user do. */
  function session() {
    let current: AwsCredentials | undefined = alice;
    const provider: CredentialProvider = Object.assign(
      async () => {
        const granted = current;
        await Promise.resolve();
        if (granted === undefined) throw new Error("signed out");
        return granted;
      },
      { memoized: true as const, peek: () => current, invalidate: () => {} },
    );
    return {
      provide: client(provider).bearerTokenProvider(),
      become: (who: AwsCredentials | undefined) => (current = who),
    };
  }

  test("a cached token is not handed to the next principal", async () => {
    const { provide, become } = session();
    expect(decoded(await provide())).toContain("AKIDALICE%2F");
    become(bob);
    expect(decoded(await provide())).toContain("AKIDBOB%2F");
    become(alice);
    expect(decoded(await provide())).toContain("AKIDALICE%2F");
  });

  test("after sign-out there is no token, though one is cached and valid", async () => {
    const { provide, become } = session();
    await provide();
    become(undefined);
    await expect(provide()).rejects.toThrow("signed out");
  });

  test("a token under way for one principal does not reach the next", async () => {
    const { provide, become } = session();
    const first = provide();
    become(bob);
    const second = provide();
    expect(decoded(await second)).toContain("AKIDBOB%2F");
    await first;
    expect(decoded(await provide())).toContain("AKIDBOB%2F");
  });

  test("after close there is no token either", async () => {
    const sagemaker = createSageMaker({ region: "us-east-1", credentials: example });
    const provide = sagemaker.bearerTokenProvider();
    await provide();
    await sagemaker.close();
    await expect(provide()).rejects.toMatchObject({ code: "CLOSED" });
  });
});
