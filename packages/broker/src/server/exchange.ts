/** One request to the vending server while it is being answered. */
export interface Exchange {
  readonly requestId: string;
  /** The name in the path; it may be no grant. */
  readonly grant: string;
  /** The address that limits count by. */
  readonly address: string;
  /** Whether a trusted proxy forwarded the request. */
  readonly proxied: boolean;
  /** For the answer, refusals included. */
  readonly headers: Readonly<Record<string, string>>;
  /** Set once the caller's proof is verified. */
  subject?: string;
}

/** What a route vends. */
export interface Vended {
  readonly response: Response;
  readonly expiresAt: Date;
}

/** What a route does for one request. */
export type Vend = (exchange: Exchange, request: Request) => Promise<Vended>;
