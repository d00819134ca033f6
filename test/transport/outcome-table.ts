/** What came of each attempt: `server / way / client` to outcome. */
export type Outcomes = ReadonlyMap<string, string>;

const key = (server: string, way: string, client: string): string => `${server} / ${way} / ${client}`;

/** Collects outcomes and writes them as a table, with one line for all ways that agree. */
export class OutcomeTable {
  readonly #cells = new Map<string, string>();
  readonly #servers = new Map<string, Set<string>>();
  readonly #clients = new Set<string>();

  add(server: string, way: string, client: string, outcome: string): void {
    this.#cells.set(key(server, way, client), outcome);
    this.#servers.set(server, (this.#servers.get(server) ?? new Set()).add(way));
    this.#clients.add(client);
  }

  /** The cells of this table that the other table has otherwise. */
  differences(other: OutcomeTable): OutcomeTable {
    const table = new OutcomeTable();
    for (const client of this.#clients) table.#clients.add(client);
    for (const [server, ways] of this.#servers) {
      for (const way of ways) {
        for (const client of this.#clients) {
          const outcome = this.#cells.get(key(server, way, client)) ?? "";
          if (other.#cells.get(key(server, way, client)) !== outcome) table.add(server, way, client, outcome);
        }
      }
    }
    return table;
  }

  get outcomes(): Outcomes {
    return this.#cells;
  }

  toString(): string {
    const clients = [...this.#clients];
    const rows: string[][] = [];
    for (const [server, ways] of this.#servers) {
      const agreeing = new Map<string, string[]>();
      for (const way of ways) {
        const cells = clients.map((client) => this.#cells.get(key(server, way, client))).join(" | ");
        agreeing.set(cells, [...(agreeing.get(cells) ?? []), way]);
      }
      for (const [cells, same] of agreeing) rows.push([server, same.join(", "), cells]);
    }
    return [["server", "way", ...clients], ["server", "way", ...clients].map(() => "---"), ...rows]
      .map((cells) => `| ${cells.join(" | ")} |`)
      .join("\n");
  }
}

/** Reads the tables of a document back. */
export function readOutcomes(document: string): Outcomes {
  const found = new Map<string, string>();
  let clients: string[] = [];
  for (const line of document.split("\n")) {
    if (!line.startsWith("| ")) continue;
    const [server = "", ways = "", ...cells] = line.slice(2, -2).split(" | ");
    if (server === "server") clients = cells;
    else if (server !== "---") {
      for (const way of ways.split(", ")) {
        for (const [n, cell] of cells.entries()) found.set(key(server, way, clients[n] ?? ""), cell);
      }
    }
  }
  return found;
}

/** The outcomes of these clients alone. */
export function outcomesOf(clients: readonly string[], outcomes: Outcomes): Record<string, string> {
  return Object.fromEntries([...outcomes].filter(([cell]) => clients.some((client) => cell.endsWith(` / ${client}`))));
}
