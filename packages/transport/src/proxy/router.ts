import { bareHost, urlText } from "../connection/origin.ts";
import { invalidOption } from "../errors/error.ts";
import { parseNoProxy } from "./no-proxy.ts";
import type { HttpProxy, Proxy } from "./proxy.ts";
import { socksCredentials } from "./socks-tunnel.ts";

/** Decides through which proxy, if any, an origin is reached. */
export type ProxyRouter = (host: string, port: number) => Proxy | undefined;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Makes the router of the `proxy` option. It reads the environment once, now.
 *
 * @throws {TransportError} `INVALID_OPTION`; the message never quotes the URL, which may hold a password.
 */
export function createProxyRouter(proxy: string | URL | false, env: Env): ProxyRouter {
  if (proxy === false) return () => undefined;
  if (proxy !== "env") {
    const fixed = parseProxy("proxy", urlText(proxy));
    return () => fixed;
  }
  const [name, value] = variable(env, "https_proxy");
  if (value === undefined) return () => undefined;
  const found = parseProxy(name, value);
  const exempt = parseNoProxy(variable(env, "no_proxy")[1] ?? "");
  return (host, port) => (exempt(host, port) ? undefined : found);
}

const must = "must be the URL of a proxy such as http://proxy.example:3128 or socks5h://localhost:1080, or false";

const encoded = "must have its user name and password percent-encoded";

// The lower-case name wins, as it does for curl and undici. Own names only: a polluted `Object.prototype` must not choose
// the proxy.
function variable(env: Env, name: string): readonly [name: string, value: string | undefined] {
  const own = (of: string): string | undefined => (Object.hasOwn(env, of) ? env[of] : undefined);
  const used = own(name) === undefined ? name.toUpperCase() : name;
  const value = own(used);
  return [used, value === "" ? undefined : value];
}

function parseProxy(option: string, value: string): Proxy {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  // Without a cause: Node's error for a URL that does not parse carries the whole input.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === "") throw invalidOption(`${option}: ${must}`);
  // A password with a bare "/", "?" or "#": its beginning would be read as the host's port, and be shown in errors.
  if (`${url.pathname}${url.search}${url.hash}`.includes("@")) throw invalidOption(`${option}: ${encoded}`);
  switch (url.protocol) {
    case "http:":
    case "https:":
      return httpProxy(option, url);
    case "socks5h:":
      return socksProxy(option, url);
    case "socks5:":
    case "socks:":
    case "socks4:":
    case "socks4a:":
      throw invalidOption(`${option}: must be socks5h:// for a SOCKS proxy; the proxy then resolves names`);
    default:
      throw invalidOption(`${option}: ${must}`);
  }
}

function httpProxy(option: string, url: URL): HttpProxy {
  const tls = url.protocol === "https:";
  const given = credentials(option, url);
  return {
    kind: "http",
    host: bareHost(url.hostname),
    port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
    tls,
    authorization: given && `Basic ${Buffer.from(`${given.username}:${given.password}`).toString("base64")}`,
  };
}

function socksProxy(option: string, url: URL): Proxy {
  const given = credentials(option, url);
  const packed = given && socksCredentials(given.username, given.password);
  if (given !== undefined && packed === undefined) {
    throw invalidOption(`${option}: must have a user name and a password of 1 to 255 bytes each for SOCKS5`);
  }
  return {
    kind: "socks5h",
    host: bareHost(url.hostname),
    port: url.port === "" ? 1080 : Number(url.port),
    tls: false,
    credentials: packed,
  };
}

function credentials(option: string, { username, password }: URL): { username: string; password: string } | undefined {
  if (username === "" && password === "") return undefined;
  try {
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    throw invalidOption(`${option}: ${encoded}`);
  }
}
