/**
 * The `X-Amz-*` parameters of a query, decoded. Names too: the signature covers them decoded, so that
 * `X-Amz%2DExpires` is `X-Amz-Expires` in another spelling and must count as it.
 */
export function amzParameters(query: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  if (query === "") return found;
  for (const pair of query.split("&")) {
    const [spelt = "", ...value] = pair.split("=");
    const name = decodeComponent(spelt);
    if (!/^x-amz-/i.test(name)) continue;
    const values = found.get(name) ?? [];
    values.push(decodeComponent(value.join("=")));
    found.set(name, values);
  }
  return found;
}

function decodeComponent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
