import { words } from "@countersign/signer";
import { refuse } from "../errors/fetch-error.ts";
import { scopeOf } from "./scope-of.ts";

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

const HOST = /^(\*\.)?([\w-]+(?:\.[\w-]+)*|\[[\da-f:.]+\])(?::(\d+))?$/;
const LOOPBACK = /^(?:localhost|127\.[\d.]+|\[::1\])$/;

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
    refuse(
      "INVALID_OPTION",
      words ? "allowedHosts is no list: pass hosts in brackets, ['example.com']." : "allowedHosts",
    );
  }
  const admits = rules?.map(compile) ?? [ownHosts(scope)];

  return function gate(url, port = url.port) {
    if (admits.some((admit) => admit(url, port))) return;
    const { host } = url;
    if (url.protocol === "http:" && !isLoopback(url)) {
      refuse(
        "PLAINTEXT_REFUSED",
        words ? `${host} was to be called over http:, which shows the session token on the way: use https:.` : host,
      );
    }
    refuse(
      "HOST_NOT_ALLOWED",
      words
        ? // The wrong region is the commonest reason, and the host alone does not show it.
          ((own) => {
            const { region = own?.region, service = own?.service } = scope;
            const belonging = own && ` (${own.service} in ${own.region}, not ${service} in ${region})`;
            return `${host} may not be sent credentials${belonging ?? ""}: add it to allowedHosts if it is meant.`;
          })(rules === undefined ? scopeOf(url) : undefined)
        : host,
    );
  };
}

/** True where plaintext does not leave the machine. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

type CompiledRule = (url: URL, port: string) => boolean;

function ownHosts({ region, service }: HostScope): CompiledRule {
  return (url) => {
    const own = scopeOf(url);
    return own !== undefined && (region ?? own.region) === own.region && (service ?? own.service) === own.service;
  };
}

function compile(rule: HostRule): CompiledRule {
  // Compared, because the promise of an async function would pass for a yes.
  if (typeof rule === "function") return (url) => (rule(url) as unknown) === true;
  const [, wildcard, host, port] = HOST.exec(typeof rule === "string" ? rule.toLowerCase() : "") ?? [];
  if (host === undefined) {
    refuse(
      "INVALID_OPTION",
      words
        ? `allowedHosts has ${JSON.stringify(rule)}: pass host, host:port, *.suffix or a function of the URL.`
        : `allowedHosts: ${rule}`,
    );
  }
  return (url, ownPort) => {
    const secure = url.protocol === "https:";
    return (
      (secure || (url.protocol === "http:" && isLoopback(url))) &&
      (wildcard === undefined ? url.hostname === host : url.hostname.endsWith(`.${host}`)) &&
      (port === undefined ? ["", ownPort].includes(url.port) : port === (url.port || (secure ? "443" : "80")))
    );
  };
}
