import { words } from "@countersign/signer";
import {
  callable,
  checkOptions,
  listOf,
  nested,
  optional,
  type Shape,
  shape,
  type Shapes,
  text,
} from "@countersign/signer/options";
import { bytes } from "../call/max-bytes.ts";
import { own } from "../call/own.ts";
import { refuse, refuseOption } from "../errors/fetch-error.ts";
import {
  checkWhoSigns,
  type SignedFetchOptions,
  type SignedFetchWithCredentials,
  signedFetchShapes,
} from "../signed-fetch/options.ts";

/** A request that is passed on. */
export interface ProxyRule {
  /** Default: `POST`. */
  readonly method?: string | undefined;
  /** The path behind the prefix, byte for byte, such as `/endpoints/my-endpoint/invocations`. */
  readonly path: string;
  /** The operation that `x-amz-target` must name, such as `SageMaker.DescribeEndpoint`. Default: it must be absent. */
  readonly target?: string | undefined;
}

/** Options of `createProxyHandler`, besides those of `createSignedFetch`. */
export interface ProxyOptions {
  /** Where requests go: `https://runtime.sagemaker.eu-west-1.amazonaws.com`. */
  readonly upstream: string | URL;
  /** The requests that are passed on; every other one is a 404. */
  readonly allow: readonly ProxyRule[];
  /**
   * The hosts under which your pages reach this handler: `app.example.com` or `localhost:3000`. A request for another
   * host is a 403. A page of another site can have its name resolve to your server (DNS rebinding), and its requests then
   * count as same-origin.
   */
  readonly hosts: readonly string[];
  /** Taken off the path of the page's requests. Default: none. */
  readonly prefix?: string | undefined;
  /**
   * Decides whether this user may ask: it reads the session of your application. Anything except `true` is a 403; a
   * Response is sent instead. Default: every same-origin request may.
   */
  readonly authorize?: ((request: Request) => boolean | Response | Promise<boolean | Response>) | undefined;
  /**
   * The page's headers that are passed on, in lower case, such as `x-amzn-sagemaker-custom-attributes`. A page that may
   * send `x-amzn-sagemaker-target-model` chooses the model. Default: `accept` and `content-type`.
   */
  readonly headers?: readonly string[] | undefined;
  /** A larger request is a 413. Default: 6,291,456 bytes, SageMaker's own limit. */
  readonly maxBodyBytes?: number | undefined;
}

/**
 * Names that an operator may list: what SageMaker's APIs read from a caller. Cookies, credentials, forwarding headers and
 * what a signature writes cannot be listed.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
 */
const LISTABLE = /^(?:accept|accept-language|content-type|x-amzn-sagemaker-[a-z-]+)$/;

const HOST = /^(?:[\w-]+(?:\.[\w-]+)*|\[[\da-f:.]+\])(?::\d+)?$/;

/** Compared byte for byte with the path of a parsed URL, so it must have that form. */
const path: Shape = shape(
  words && "a path in its normal form that begins with a slash, such as /endpoints/chat/invocations",
  (value) => typeof value === "string" && value.startsWith("/") && new URL(`https://host${value}`).pathname === value,
);

const prefix: Shape = (value, field, refuseValue) =>
  value === "" || (typeof value === "string" && !value.endsWith("/") && path(value, field, refuseValue) === value)
    ? value
    : refuseValue(`${field}: must be a path without a slash at its end, such as /sagemaker`, field);

const rule: Shapes<ProxyRule> = { method: optional(text), path, target: optional(text) };

const proxyShapes: Shapes<ProxyOptions> = {
  upstream: (value, field) => originOf(value, field),
  allow: listOf(nested(rule)),
  hosts: (value, field, refuseValue) => {
    const hosts = listOf(
      shape(
        words && "a host such as app.example.com or localhost:3000",
        (host) => typeof host === "string" && HOST.test(host.toLowerCase()),
      ),
    )(value, field, refuseValue) as readonly string[];
    return hosts.length > 0
      ? hosts.map((host) => host.toLowerCase())
      : refuseValue(`${field}: must name at least one host under which your pages reach this handler`, field);
  },
  prefix: optional(prefix),
  authorize: optional(callable),
  headers: optional(
    listOf(
      shape(
        words && "accept, accept-language, content-type or x-amzn-sagemaker-…, in lower case",
        (name) => typeof name === "string" && LISTABLE.test(name),
      ),
    ),
  ),
  maxBodyBytes: bytes,
};

const { maxBufferBytes: _, ...signingShapes } = signedFetchShapes;

/** Checks all options, and separates what belongs to the signed fetch. @throws FetchError `INVALID_OPTION`. */
export function checkProxy(options: SignedFetchOptions & ProxyOptions): {
  readonly proxy: Omit<ProxyOptions, "upstream"> & { readonly upstream: string };
  readonly fetch: SignedFetchOptions;
} {
  const given = checkWhoSigns(
    checkOptions<object>(options, { ...signingShapes, ...proxyShapes }, refuseOption),
  ) as unknown as SignedFetchOptions & ProxyOptions;
  const { upstream, allow, hosts, prefix, authorize, headers, maxBodyBytes, ...fetch } = given;
  return {
    proxy: { upstream: upstream as string, allow, hosts, prefix, authorize, headers, maxBodyBytes },
    fetch: own(fetch as SignedFetchWithCredentials),
  };
}

function originOf(upstream: unknown, field: string): string {
  let url: URL | undefined;
  try {
    url = new URL(upstream as string | URL);
  } catch {
    // The error of Node quotes the address, which may hold a password.
  }
  if (url === undefined || url.href !== `${url.origin}/`) {
    return refuse(
      "INVALID_OPTION",
      `${field}: must be the origin of the service, such as https://runtime.sagemaker.eu-west-1.amazonaws.com; name paths in allow`,
    );
  }
  return url.origin;
}
