import { words } from "@countersign/signer";
import { refuse } from "../errors/fetch-error.ts";
import { isLoopback } from "../hosts/loopback.ts";

/**
 * Where the broker vends a grant. No message quotes the address, which may hold a password.
 *
 * @throws FetchError `INVALID_OPTION`, `PLAINTEXT_REFUSED`.
 */
export function vendingEndpoint(url: unknown, grant: string): URL {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  const address = typeof url === "string" || url instanceof URL ? String(url) : "";
  const endpoint = address !== "" && URL.canParse(address, page) ? new URL(address, page) : undefined;
  if (endpoint === undefined || endpoint.username + endpoint.password + endpoint.search !== "") {
    return refuse(
      "INVALID_OPTION",
      words
        ? endpoint
          ? "url: must hold no user name, password or query; pass the address alone"
          : "url: must be the broker's address, such as https://broker.example.com"
        : "url",
    );
  }
  const { protocol, host, pathname } = endpoint;
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(endpoint))) {
    refuse(
      "PLAINTEXT_REFUSED",
      words ? `url: must be https:, because the network would see the bearer token on the way to ${host}` : host,
    );
  }
  endpoint.hash = "";
  endpoint.pathname = `${pathname.replace(/\/+$/, "")}/v1/vend/${grant}`;
  return endpoint;
}
