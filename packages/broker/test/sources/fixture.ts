import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import type { Transport } from "@countersign/transport";

/** A home folder for one test, with what AWS's tools look for in it. */
export interface Home extends Disposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  write(name: string, content: string, mode?: number): string;
}

export function createHome(config = "", credentials = ""): Home {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-home-"));
  const write = (name: string, content: string, mode = 0o600): string => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
    return file;
  };
  if (config !== "") write(".aws/config", config);
  if (credentials !== "") write(".aws/credentials", credentials);
  const env = { HOME: folder, PATH: process.env["PATH"], AWS_EC2_METADATA_DISABLED: "true" };
  return { folder, env, write, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** One request that a source wanted to send. */
export interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A transport that sends nothing: it records requests and answers them. */
export function recordingTransport(answer: (asked: Asked) => Answer): {
  readonly transport: Pick<Transport, "request" | "requestHandler">;
  readonly asked: Asked[];
} {
  const asked: Asked[] = [];
  const take = (one: Asked): Answer => {
    asked.push(one);
    return answer(one);
  };
  async function* bytes(text: string): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(text);
  }
  return {
    asked,
    transport: {
      async request(url: string | URL, { headers, body }: { headers?: unknown; body?: unknown }) {
        const {
          status = 200,
          headers: answered = {},
          body: text,
        } = take({
          url: String(url),
          headers: headers as Record<string, string>,
          body: typeof body === "string" ? body : "",
        });
        return { statusCode: status, headers: answered, body: bytes(text) } as never;
      },
      requestHandler() {
        return {
          metadata: { handlerProtocol: "http/1.1" },
          async handle(request: { hostname: string; path: string; headers: Record<string, string>; body: unknown }) {
            const {
              status = 200,
              headers: answered = {},
              body: text,
            } = take({
              url: `https://${request.hostname}${request.path}`,
              headers: request.headers,
              body: String(request.body),
            });
            return { response: { statusCode: status, headers: answered, body: Readable.from([Buffer.from(text)]) } };
          },
          destroy() {},
          updateHttpClientConfig() {},
          httpHandlerConfigs: () => ({}),
        } as never;
      },
    },
  };
}

/** STS's answer to one request for a role. */
export function stsAnswer({ body }: Asked, id = "ASIAEXAMPLE", end = "2099-01-01T00:00:00Z"): Answer {
  const given = new URLSearchParams(body);
  const operation = given.get("Action");
  const [, account, role] = /^arn:aws:iam::(\d+):role\/(?:.*\/)?(.+)$/u.exec(given.get("RoleArn") ?? "") ?? [];
  const arn = `arn:aws:sts::${account}:assumed-role/${role}/${given.get("RoleSessionName")}`;
  return {
    body:
      `<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result><Credentials>` +
      `<AccessKeyId>${id}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>` +
      `<Expiration>${end}</Expiration></Credentials><AssumedRoleUser>` +
      `<Arn>${arn}</Arn><AssumedRoleId>x:s</AssumedRoleId></AssumedRoleUser>` +
      `</${operation}Result></${operation}Response>`,
  };
}
