import { authority } from "../connection/origin.ts";
import { TransportError } from "../errors/error.ts";

/** A proxy that is asked with CONNECT. The transport never shows it: `authorization` is a secret. */
export interface HttpProxy {
  readonly kind: "http";
  readonly host: string;
  readonly port: number;
  /** True if the connection to the proxy uses TLS. */
  readonly tls: boolean;
  /** The value of `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/** A SOCKS5 proxy that resolves names itself. The transport never shows it: `credentials` are a secret. */
export interface SocksProxy {
  readonly kind: "socks5h";
  readonly host: string;
  readonly port: number;
  readonly tls: false;
  /** User name and password in the form of RFC 1929. */
  readonly credentials: Buffer | undefined;
}

export type Proxy = HttpProxy | SocksProxy;

/** The far end of a tunnel. */
export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
}

/** The error for a proxy that does not open the tunnel. */
export function proxyRefused(proxy: Proxy, { host, port }: TunnelTarget, reason: string): TransportError {
  return new TransportError(
    "PROXY_REFUSED",
    `${authority(host, port)}: the proxy ${authority(proxy.host, proxy.port)} ${reason}`,
    { phase: "proxy" },
  );
}
