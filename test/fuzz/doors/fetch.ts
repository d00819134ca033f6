import { createHostGate, createSignedFetch, resigningRedirects } from "@countersign/fetch";
import { createClock } from "@countersign/signer";
import { errorCode } from "@countersign/fetch/attempts";
import { createProxyHandler } from "@countersign/fetch/proxy";
import { vendedCredentials } from "@countersign/fetch/vended";
import { type Door, SECRET } from "../door.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const upstream = "https://runtime.sagemaker.eu-west-1.amazonaws.com";
const path = "/endpoints/mine/invocations";

/** Sends nothing, and fails the run when a signed request would go to a host that is not AWS's. */
function sentTo(answer: () => Response): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { hostname } = new URL(request.url);
    if (
      request.headers.has("authorization") &&
      !/\.(?:amazonaws\.com(?:\.cn)?|api\.aws|aws\.dev|on\.aws)$/u.test(hostname)
    ) {
      throw new Error(`signed for ${hostname}`);
    }
    return answer();
  };
}

const clock = createClock();
const gate = createHostGate(undefined, {});

const isTyped = (error: unknown): boolean =>
  error instanceof Error && typeof Reflect.get(error, "code") === "string" && !error.message.startsWith("signed for");

export const fetchDoors: readonly Door[] = [
  {
    name: "fetch: a URL",
    seeds: [
      upstream + path,
      "https://sts.eu-west-1.amazonaws.com/?Action=A",
      "https://vpce-0a-b.runtime.sagemaker.eu-west-1.vpce.amazonaws.com/x",
    ],
    words: ["//", "\\", "@evil.test", ".evil.test", "%2e", ".vpce.", "#", ":443", "\t"],
    refuses: isTyped,
    read: (input) => createSignedFetch({ credentials, fetch: sentTo(() => new Response("{}")) })(input),
  },
  {
    name: "fetch: where a redirect leads",
    seeds: [`${upstream}/elsewhere`, "/relative", "https://sts.eu-west-1.amazonaws.com/"],
    words: ["//", "\\", "@evil.test", "http:", "https://evil.test"],
    refuses: isTyped,
    async read(input) {
      let answers = 0;
      const send = sentTo(() => {
        answers += 1;
        return answers > 1
          ? new Response("{}")
          : new Response(null, {
              status: 307,
              headers: new Headers([["location", input.replaceAll(/[^!-~]/gu, "~").slice(0, 8_000)]]),
            });
      });
      const follow = createSignedFetch({
        credentials,
        middleware: [resigningRedirects({ gate, clock })],
        retry: false,
        fetch: send,
      });
      await follow(upstream + path, { method: "POST", body: "{}" });
    },
  },
  {
    name: "fetch: an error answer",
    seeds: [
      `{"__type":"com.amazon.coral.service#ThrottlingException","message":"slow"}`,
      "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>",
    ],
    read: (input) =>
      errorCode({
        status: 400,
        header: (name) => (name === "x-amzn-errortype" ? input.slice(0, 50) : undefined),
        text: async () => input,
      }),
  },
  {
    name: "fetch: a request of a page",
    seeds: [`${path}\n{"a":1}`, `/api${path}\n`],
    words: ["//", "\\", "..", "%2e%2e", "?", "#"],
    async read(input) {
      const [target = "", body = ""] = input.split(/\n([^]*)/u);
      const proxy = createProxyHandler({
        credentials,
        region: "eu-west-1",
        upstream,
        hosts: ["app.example.com"],
        allow: [{ path }],
        fetch: sentTo(() => new Response("{}")),
      });
      let request: Request;
      try {
        request = new Request(`https://app.example.com/${target.replace(/^\//u, "")}`, {
          method: "POST",
          body,
          headers: { host: "app.example.com", "sec-fetch-site": "same-origin" },
        });
      } catch {
        return;
      }
      await proxy(request);
    },
  },
  {
    name: "fetch: what a vending broker answers",
    seeds: [
      JSON.stringify({
        AccessKeyId: "ASIAEXAMPLE",
        SecretAccessKey: SECRET,
        Token: SECRET,
        Expiration: "2099-01-01T00:00:00Z",
        Region: "eu-west-1",
      }),
      JSON.stringify({
        accessKeyId: "ASIAEXAMPLE",
        secretAccessKey: SECRET,
        sessionToken: SECRET,
        expiration: "2099-01-01T00:00:00Z",
      }),
    ],
    words: ['"Expiration":', '"Token":', "null", "{}"],
    refuses: isTyped,
    async read(input) {
      const provider = vendedCredentials({
        url: "https://broker.example.com",
        grant: "chat",
        getToken: () => "token",
        fetch: async () => new Response(input),
      });
      await provider();
    },
  },
];
