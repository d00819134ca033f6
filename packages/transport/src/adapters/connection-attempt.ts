/** Ends a connection attempt; does nothing once the connection is there. */
export type EndAttempt = () => void;

/** The connection attempt of one request, which ends when the request is aborted. */
export class ConnectionAttempt {
  #end: EndAttempt | undefined;
  #isUnwanted = false;

  /** Takes the function that ends the attempt, when the attempt begins. */
  readonly started = (end: EndAttempt): void => {
    this.#end = end;
    if (this.#isUnwanted) end();
  };

  /** Ends the attempt, also one that has not begun. */
  readonly end = (): void => {
    this.#isUnwanted = true;
    this.#end?.();
  };
}
