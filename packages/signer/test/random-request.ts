import type { SignableRequest } from "../src/index.ts";

/** A small generator with a seed, so that a failure can be repeated. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A request with what is hard to canonicalise. */
export function randomRequest(pick: (below: number) => number): SignableRequest {
  const text = (length: number, alphabet: string): string =>
    Array.from({ length }, () => alphabet[pick(alphabet.length)]).join("");
  const path = text(pick(12), "ab/.-_~%20 é+=&:@!'()*")
    .replaceAll("%2", "%20")
    .replaceAll(/%(?!20)/gu, "%25");
  const query = text(pick(12), "ab=&+-.é%41").replaceAll(/%(?!41)/gu, "%25");
  const headers: Record<string, string> = { "content-type": text(3, "abc/") };
  for (let index = pick(4); index > 0; index--) headers[`x-amz-${text(3, "abc")}`] = text(5, "ab  \t1");
  headers["x-amzn-trace-id"] = text(4, "1234");
  const body = [undefined, null, "", text(9, "abé☃"), new TextEncoder().encode(text(9, "xyz"))][pick(5)];
  return { method: ["GET", "post", "PUT"][pick(3)], url: `https://example.com/${path}?${query}`, headers, body };
}

/** What signing comes to, or the code of its refusal. */
export async function outcome(sign: () => unknown): Promise<unknown> {
  try {
    return await sign();
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}
