import { createSignedFetch, type Fetch } from "../../src/index.ts";
import { credentials } from "../expect-signed.ts";

/** What becomes of a field on its way through a signed fetch. */
export type Outcome = string;

/** One field of RequestInit or Request, a value that is not its default, and how to see it arrive. */
export interface Field {
  readonly name: string;
  readonly value: unknown;
  /** Reads it from what the platform's fetch was handed. */
  readonly arrived: (request: Request, init: Readonly<Record<string, unknown>>) => unknown;
  /** Fields that the value needs beside it. */
  readonly beside?: RequestInit;
  /** No Request shows it: what a Request holds is kept by handing on the Request itself. */
  readonly hidden?: true;
  /** Only an init has it. */
  readonly initOnly?: true;
}

const URL_ = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
const dispatcher = { dispatch: () => true };

const shown =
  (name: keyof Request): Field["arrived"] =>
  (request) =>
    request[name];
const inInit =
  (name: string): Field["arrived"] =>
  (_request, init) =>
    init[name];

export const fields: readonly Field[] = [
  { name: "method", value: "PUT", arrived: shown("method") },
  {
    name: "headers",
    value: { "x-kept": "1" },
    arrived: (request) => request.headers.get("x-kept") === "1" && { "x-kept": "1" },
  },
  { name: "signal", value: AbortSignal.abort(), arrived: () => AbortSignal.abort() },
  { name: "credentials", value: "include", arrived: shown("credentials") },
  { name: "cache", value: "no-store", arrived: shown("cache") },
  { name: "mode", value: "same-origin", arrived: shown("mode") },
  { name: "referrer", value: "https://app.example.com/page", arrived: shown("referrer") },
  { name: "referrerPolicy", value: "no-referrer", arrived: shown("referrerPolicy") },
  { name: "integrity", value: "sha256-x", arrived: shown("integrity") },
  { name: "keepalive", value: true, arrived: shown("keepalive") },
  { name: "duplex", value: "half", arrived: shown("duplex" as keyof Request) },
  { name: "priority", value: "high", arrived: inInit("priority"), hidden: true },
  { name: "dispatcher", value: dispatcher, arrived: inInit("dispatcher"), hidden: true },
  { name: "window", value: null, arrived: inInit("window"), initOnly: true },
  {
    name: "an option of the runtime",
    value: { anything: 1 },
    arrived: inInit("an option of the runtime"),
    initOnly: true,
  },
];

/** Sends a call through a signed fetch and tells what the platform's fetch would have been handed. */
export async function handedOn(
  input: string | Request,
  init?: RequestInit,
): Promise<{ readonly input: unknown; readonly request: Request; readonly init: Readonly<Record<string, unknown>> }> {
  let handed: { input: RequestInfo | URL; init: RequestInit } | undefined;
  const fetch: Fetch = async (given, givenInit) => {
    handed = { input: given, init: givenInit ?? {} };
    return new Response("ok");
  };
  await createSignedFetch({ region: "eu-west-1", credentials, fetch })(input, init);
  if (handed === undefined) throw new Error("nothing was sent");
  return { ...handed, request: new Request(handed.input, handed.init), init: handed.init as Record<string, unknown> };
}

/** Measures what becomes of a field given in `init`. */
export async function inInitOf(field: Field): Promise<Outcome> {
  if (field.name === "signal") return signalOutcome((signal) => [URL_, { signal }]);
  const { request, init } = await handedOn(URL_, { [field.name]: field.value });
  return same(field.arrived(request, init), field.value) ? "kept" : "lost";
}

/** Measures what becomes of a field that the caller's Request holds. */
export async function inRequestOf(field: Field): Promise<Outcome> {
  if (field.initOnly === true) return "-";
  if (field.name === "signal") return signalOutcome((signal) => [new Request(URL_, { signal }), undefined]);
  const original = new Request(URL_, { [field.name]: field.value });
  const { input, request, init } = await handedOn(original);
  if (field.hidden === true) return input === original ? "kept" : "lost";
  return same(field.arrived(request, init), field.value) ? "kept" : "lost";
}

async function signalOutcome(
  call: (signal: AbortSignal) => [string | Request, RequestInit | undefined],
): Promise<Outcome> {
  const abort = new AbortController();
  const { request } = await handedOn(...call(abort.signal));
  abort.abort();
  return request.signal.aborted ? "kept" : "lost";
}

function same(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

/** What becomes of each `redirect` is decided by hosts, not by keeping it. */
export const redirects: readonly (readonly [value: string, outcome: Outcome])[] = [
  ['redirect: "follow"', "signed anew for an allowed host, else refused"],
  ['redirect: "manual"', "kept"],
  ['redirect: "error"', "kept"],
];

/** Every kind of body a fetch takes: how to make one, and the bytes it stands for. */
export const bodies: readonly (readonly [kind: string, make: () => BodyInit])[] = [
  ["string", () => "héllo"],
  ["Uint8Array, DataView", () => new TextEncoder().encode("bytes")],
  ["ArrayBuffer", () => new TextEncoder().encode("bytes").buffer],
  ["Blob, File", () => new File(["file"], "f.txt", { type: "text/plain" })],
  ["FormData", () => form()],
  ["URLSearchParams", () => new URLSearchParams({ a: "b" })],
  ["ReadableStream", () => new Blob(["stream"]).stream()],
];

function form(): FormData {
  const made = new FormData();
  made.append("field", "value");
  return made;
}

/** Measures what becomes of a body, against a server that answers with what it received. */
export async function bodyOutcome(
  origin: string,
  make: () => BodyInit,
  as: "init" | "request",
  receivedBytes: () => Promise<string>,
): Promise<Outcome> {
  const signed = createSignedFetch({
    region: "eu-west-1",
    service: "sagemaker",
    credentials,
    allowedHosts: [new URL(origin).host],
  });
  const init: RequestInit & { readonly duplex?: string } = { method: "POST", body: make() };
  const streamed = { ...init, duplex: "half" };
  try {
    await (as === "init" ? signed(origin, init) : signed(new Request(origin, streamed)));
  } catch (error) {
    return (error as { readonly code: string }).code === "STREAM_NEEDS_PAYLOAD" ? "needs `payload`" : String(error);
  }
  const expected = await new Response(make()).text();
  const arrived = await receivedBytes();
  return withoutBoundary(arrived) === withoutBoundary(expected) ? "signed and sent" : "changed";
}

function withoutBoundary(text: string): string {
  const boundary = /^--([\w-]+)\r\n/u.exec(text)?.[1];
  return boundary === undefined ? text : text.replaceAll(boundary, "");
}
