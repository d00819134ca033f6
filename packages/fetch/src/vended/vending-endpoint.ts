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
  if (address === "" || !URL.canParse(address, page)) {
    refuse("INVALID_OPTION", words ? "url: must be the broker's address, such as https://broker.example.com" : "url");
  }
  const endpoint = new URL(address, page);
  const { protocol, host, username, password, search, pathname } = endpoint;
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(endpoint))) {
    refuse(
      "PLAINTEXT_REFUSED",
      words ? `url: must be https:, because the network would see the bearer token on the way to ${host}` : host,
    );
  }
  if (username + password + search !== "") {
    refuse("INVALID_OPTION", words ? "url: must hold no user name, password or query; pass the address alone" : "url");
  }
  endpoint.hash = "";
  endpoint.pathname = `${pathname.replace(/\/+$/, "")}/v1/vend/${grant}`;
  return endpoint;
}
