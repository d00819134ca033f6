import { request } from "node:http";
import type { ClockObservation } from "@countersign/signer";
import { MAX_ANSWER } from "./read-credentials.ts";

/** The answer of a credential endpoint. */
export interface PlainAnswer {
  readonly status: number;
  readonly body: string;
  /** What an answer over TLS says of its server's clock. */
  readonly time?: ClockObservation | undefined;
}

/** One request to an address of this machine. */
export interface PlainRequest {
  readonly method?: "GET" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The addresses that AWS serves credentials from over plain HTTP: they do not leave the machine. */
const PLAIN_HOSTS =
  /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\]|169\.254\.169\.254|\[fd00:ec2::254\])$/u;

/** Whether a host may be reached over plain HTTP. */
export function isPlainHost(hostname: string): boolean {
  return PLAIN_HOSTS.test(hostname);
}

/**
 * Sends one request over plain HTTP, without a proxy and without following redirects.
 *
 * @throws the system's error; an Error with the code `TIMEOUT` when the whole takes longer than `limitMs`.
 */
export function plainRequest(
  url: URL,
  { method = "GET", headers = {}, limitMs, signal }: PlainRequest,
): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(error);
      asking.destroy();
    };
    const asking = request(url, { method, headers, agent: false, signal }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        body += part;
        if (body.length > MAX_ANSWER) fail(new Error(`the answer has more than ${MAX_ANSWER} characters`));
      });
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    const timer = setTimeout(() => fail(Object.assign(new Error("no answer in time"), { code: "TIMEOUT" })), limitMs);
    asking.on("close", () => clearTimeout(timer));
    asking.on("error", reject);
    // Without a listener Node closes such a connection without an error.
    asking.on("upgrade", ({ statusCode = 0 }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, body: "" });
    });
    asking.end();
  });
}
