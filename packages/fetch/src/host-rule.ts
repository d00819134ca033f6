import { knownEndpoint } from "./known-endpoint.ts";
import { FetchError } from "./error.ts";

/**
 * A host that may be sent credentials: `example.com` or `example.com:8443`; `*.example.com` for every host below it;
 * or a function that decides on the whole URL.
 *
 * A rule without a port admits the port of the caller's own request, and no other one in a redirect. Rules in text
 * admit `https:`, and `http:` on loopback alone.
 */
export type HostRule = string | ((url: URL) => boolean);

/** Throws unless the URL may be sent credentials; `port` is the one the caller's own request goes to. */
export type HostGate = (url: URL, port?: string) => void;

/** What a signature is made for; absent parts are any. */
export interface HostScope {
  readonly region?: string | undefined;
  readonly service?: string | undefined;
}

const HOST = /^(\*\.)?([a-z\d_-]+(?:\.[a-z\d_-]+)*|\[[\da-f:.]+\])(?::(\d{1,5}))?$/u;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;

/**
 * Makes the gate that every URL passes before it is signed.
 *
 * Without rules it admits the hosts that `@countersign/signer/endpoints` knows for the scope: the service's own in
 * that region, its VPC endpoints included. A host that is not AWS's is never guessed to be meant.
 *
 * @throws FetchError `INVALID_OPTION` for a rule that is no host; the gate throws `HOST_NOT_ALLOWED` and
 * `PLAINTEXT_REFUSED`.
 */
export function createHostGate(rules: readonly HostRule[] | undefined, scope: HostScope): HostGate {
  if (rules !== undefined && !Array.isArray(rules)) {
    throw new FetchError("INVALID_OPTION", "allowedHosts is no list: pass hosts in brackets, ['example.com'].");
  }
  const admit = rules === undefined ? [ownHosts(scope)] : rules.map(compile);

  return function gate(url, port = url.port) {
    if (admit.some((rule) => rule(url, port))) return;
    if (url.protocol === "http:" && !isLoopback(url)) {
      throw new FetchError(
        "PLAINTEXT_REFUSED",
        `${url.host} was to be called over http:, which shows the session token on the way: use https:.`,
      );
    }
    throw new FetchError(
      "HOST_NOT_ALLOWED",
      `${url.host} may not be sent credentials${rules === undefined ? belonging(url, scope) : ""}: add it to allowedHosts if it is meant.`,
    );
  };
}

/** True where plaintext does not leave the machine. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

/** The wrong region is the commonest reason, and the host alone does not show it. */
function belonging(url: URL, { region, service }: HostScope): string {
  const own = knownEndpoint(url);
  return own === undefined
    ? ""
    : ` (${own.signingName} in ${own.signingRegion}, not ${service ?? own.signingName} in ${region ?? own.signingRegion})`;
}

type CompiledRule = (url: URL, port: string) => boolean;

function ownHosts({ region, service }: HostScope): CompiledRule {
  return (url) => {
    const endpoint = knownEndpoint(url);
    return (
      endpoint !== undefined &&
      (region === undefined || endpoint.signingRegion === region) &&
      (service === undefined || endpoint.signingName === service)
    );
  };
}

function compile(rule: HostRule): CompiledRule {
  // Compared, because the promise of an async function would pass for a yes.
  if (typeof rule === "function") return (url) => (rule(url) as unknown) === true;
  const [matched, wildcard, host, port] = HOST.exec(typeof rule === "string" ? rule.toLowerCase() : "") ?? [];
  if (matched === undefined || host === undefined) {
    throw new FetchError(
      "INVALID_OPTION",
      `allowedHosts has ${JSON.stringify(rule)}: pass host, host:port, *.suffix or a function of the URL.`,
    );
  }
  const suffix = `.${host}`;
  return (url, ownPort) =>
    (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url))) &&
    (wildcard === undefined ? url.hostname === host : url.hostname.endsWith(suffix)) &&
    (port === undefined ? url.port === ownPort || url.port === "" : effectivePort(url) === port);
}

function effectivePort(url: URL): string {
  return url.port !== "" ? url.port : url.protocol === "https:" ? "443" : "80";
}
