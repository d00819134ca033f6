import { describe, expect, it } from "vitest";
import { createSigner } from "@countersign/signer";
import { AwsClient } from "../../src/aws4fetch.ts";
import { createSignedFetch } from "../../src/index.ts";
import { signingInterceptor } from "../../src/undici.ts";
import { credentials } from "../expect-signed.ts";

const origin = "https://bucket.s3.eu-west-1.amazonaws.com";
const scope = { region: "eu-west-1", service: "s3" };

describe("kind: an honest S3 key is sent as it is written", () => {
  it.each(["a:.", "x/a:.", "a:./b", ":.", "k:..", "k:%2e", "...", "a..b", "..a", "b..", ".well-known", "..;/x"])(
    "%s, which has dots and no dot segment",
    async (key) => {
      const url = `${origin}/${key}`;
      const sent: string[] = [];
      const fetch = async (input: Request | URL | string): Promise<Response> => {
        sent.push(new Request(input).url);
        return new Response();
      };
      const signed = createSignedFetch({ ...scope, credentials, fetch });
      await signed(url);
      await signed(new URL(url));
      await signed(new Request(url));
      sent.push((await new AwsClient(credentials).sign(url)).url);
      const dispatch = signingInterceptor(createSigner({ ...scope, credentials }))((({ path }: { path: string }) => {
        sent.push(origin + path);
        return true;
      }) as never) as unknown as (options: object, handler: object) => boolean;
      dispatch({ origin, path: `/${key}`, method: "GET" }, {});
      expect(sent).toEqual(Array.from({ length: 5 }, () => url));
    },
  );
});
