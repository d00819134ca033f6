const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/** The program of a system that opens an address in the browser, and its first arguments. */
export function openerOf(platform: NodeJS.Platform): readonly [program: string, ...args: string[]] {
  const [program = "xdg-open", ...args] = OPENERS[platform] ?? [];
  return [program, ...args];
}
