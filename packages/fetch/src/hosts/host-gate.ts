import { words } from "@countersign/signer";
import { checkOptions, optional, shape, type Shape } from "@countersign/signer/options";
import { checkGated } from "#platform/check-parts";
import { refuse, refuseOption } from "../errors/fetch-error.ts";
import { isLoopback } from "./loopback.ts";
import { scopeOf } from "./scope-of.ts";

/**
 * A host that may be sent credentials: `example.com` or `example.com:8443`; `*.example.com` for every host below it;
 * or a function that decides on the whole URL by returning `true`.
 *
 * A rule without a port admits the port of the caller's own request, and in a redirect also the default port. A rule in
 * text admits `https:`, and `http:` on loopback hosts only.
 */
export type HostRule = string | ((url: URL) => boolean);

/** Throws unless the URL may be sent credentials; `port` is the one that the caller's own request goes to. */
export type HostGate = (url: URL, port?: string) => void;

/** The region and service that a signature is made for. An absent part admits any. */
export interface HostScope {
  readonly region?: string | undefined;
  readonly service?: string | undefined;
}

const HOST = /^(\*\.)?([\w-]+(?:\.[\w-]+)*|\[[\da-f:.]+\])(?::(\d+))?$/;

type CompiledRule = (url: URL, port: string) => boolean;

/** The shape of every `allowedHosts` option. */
export const hostRules: Shape = optional((value, field, refuse) => {
  if (!Array.isArray(value)) return refuse(words ? `${field}: must be a list; pass ["example.com"]` : field, field);
  return Array.from(value as readonly unknown[], (rule, index) => {
    if (typeof rule === "function" || (typeof rule === "string" && HOST.test(rule.toLowerCase()))) return rule;
    const entry = `${field}[${index}]`;
    // The rule itself is not quoted: a URL that is passed by mistake may hold a password.
    return refuse(
      words ? `${entry}: must be host, host:port, *.suffix or a function; pass the host of the URL` : entry,
      entry,
    );
  });
});

/** A region or service, as it stands in the scope of a signature. */
export const scopeName: Shape = optional(
  shape(
    words && "a name such as eu-west-1 or sagemaker",
    (value) => typeof value === "string" && /^[\w.-]+$/.test(value),
  ),
);

/**
 * Makes the gate that every URL passes before it is signed.
 *
 * Without rules it admits the hosts that `@countersign/signer/endpoints` knows for the scope: the service's own hosts in
 * that region, VPC endpoints included. All other hosts must be named.
 *
 * @throws FetchError `INVALID_OPTION`. The gate throws `HOST_NOT_ALLOWED` and `PLAINTEXT_REFUSED`.
 */
export function createHostGate(rules: readonly HostRule[] | undefined, scope: HostScope): HostGate {
  const { allowedHosts } = checkOptions({ allowedHosts: rules }, { allowedHosts: hostRules }, refuseOption);
  const own = checkOptions(scope, { region: scopeName, service: scopeName }, refuseOption, "scope.");
  const gate = hostGate(allowedHosts, own);
  return (url, port = Object(url).port as string) => {
    checkGated(url, port);
    gate(url, port);
  };
}

/** The same with rules and scope that were checked. */
export function hostGate(rules: readonly HostRule[] | undefined, scope: HostScope): HostGate {
  const admits = rules?.map(compile) ?? [ownHosts(scope)];

  return function gate(url, port = url.port) {
    if (admits.some((admit) => admit(url, port))) return;
    const { host } = url;
    if (url.protocol === "http:" && !isLoopback(url)) {
      refuse(
        "PLAINTEXT_REFUSED",
        words
          ? `url: must be https:, not http:, which would show the session token to the network; host ${host}`
          : host,
      );
    }
    refuse(
      "HOST_NOT_ALLOWED",
      words
        ? `url: must be a host that may be sent credentials, not ${host}${
            rules === undefined && belonging ? belonging(scopeOf(url), scope) : ""
          }; if you mean it, pass allowedHosts: [${JSON.stringify(host)}], and region and service for a host that names neither`
        : host,
    );
  };
}

/** A wrong region is the most frequent reason for a refusal, and the host alone does not show it. */
const belonging =
  words &&
  ((own: Required<HostScope> | undefined, scope: HostScope): string => {
    if (own === undefined) return "";
    const { region = own.region, service = own.service } = scope;
    return ` (${own.service} in ${own.region}, not ${service} in ${region})`;
  });

function ownHosts({ region, service }: HostScope): CompiledRule {
  return (url) => {
    const own = scopeOf(url);
    return own !== undefined && (region ?? own.region) === own.region && (service ?? own.service) === own.service;
  };
}

function compile(rule: HostRule): CompiledRule {
  // Compared with true, because an async function returns a promise; on a copy, because a function may change the URL.
  if (typeof rule === "function") return (url) => (rule(new URL(url)) as unknown) === true;
  const [, wildcard, host = "", port] = HOST.exec(rule.toLowerCase()) ?? [];
  return (url, ownPort) => {
    const secure = url.protocol === "https:";
    return (
      (secure || (url.protocol === "http:" && isLoopback(url))) &&
      (wildcard === undefined ? url.hostname === host : url.hostname.endsWith(`.${host}`)) &&
      (port === undefined ? ["", ownPort].includes(url.port) : port === (url.port || (secure ? "443" : "80")))
    );
  };
}
