import { isIP } from "node:net";
import { invalidOption } from "../errors/error.ts";

/** A proxy to ask for a tunnel. Lives in closures alone: `authorization` is a secret. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** Whether the proxy itself is spoken to over TLS. */
  readonly tls: boolean;
  /** The value of `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/** Decides through which proxy, if any, an origin is reached. */
export type ProxyRouter = (host: string, port: number) => Proxy | undefined;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Makes the router of the `proxy` option. The environment is read once, here.
 *
 * @throws {TransportError} `INVALID_OPTION`; the message never quotes the URL, which may hold a password.
 */
export function createProxyRouter(proxy: string | URL | false, env: Env): ProxyRouter {
  if (proxy === false) return () => undefined;
  if (proxy !== "env") {
    const fixed = parseProxy("proxy", String(proxy));
    return () => fixed;
  }
  const [name, value] = variable(env, "https_proxy");
  if (value === undefined) return () => undefined;
  const found = parseProxy(name, value);
  const exempt = parseNoProxy(variable(env, "no_proxy")[1] ?? "");
  return (host, port) => (exempt(host, port) ? undefined : found);
}

// The lower-case name wins, as it does for curl and undici.
function variable(env: Env, name: string): readonly [name: string, value: string | undefined] {
  const upper = name.toUpperCase();
  const used = env[name] === undefined ? upper : name;
  const value = env[used];
  return [used, value === "" ? undefined : value];
}

function parseProxy(option: string, value: string): Proxy {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  // No cause: Node's error for a URL that does not parse carries the whole input.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:") || url.hostname === "") {
    throw invalidOption(`${option}: not the URL of a proxy such as http://proxy.example:3128`);
  }
  const tls = url.protocol === "https:";
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
    tls,
    authorization: url.username === "" && url.password === "" ? undefined : basic(option, url.username, url.password),
  };
}

function basic(option: string, username: string, password: string): string {
  let pair: string;
  try {
    pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    throw invalidOption(`${option}: the user name or password is not percent-encoded correctly`);
  }
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/** `host`, `.suffix`, `*.suffix`, `host:port`, an address, or `*`; between commas or spaces. */
function parseNoProxy(list: string): (host: string, port: number) => boolean {
  const rules = list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((rule) => rule !== "")
    .map((rule) => {
      const [, bracketed, plain = "", port] =
        /^(?:\[([^\]]+)\]|([^:]*(?::[^:]*:[^\s]*)?))(?::(\d+))?$/.exec(rule) ?? [];
      return { name: (bracketed ?? plain).replace(/^\*?\./, ""), port: port === undefined ? undefined : Number(port) };
    });
  return (host, port) => {
    const name = host.toLowerCase().replace(/\.$/, "");
    return rules.some(
      (rule) =>
        (rule.port === undefined || rule.port === port) &&
        (rule.name === "*" ||
          rule.name === name ||
          (isIP(name) === 0 && rule.name !== "" && name.endsWith(`.${rule.name}`))),
    );
  };
}
