/** A function that reads bytes from outside: from a peer, a page, a scanner, a person who pastes. */
export interface Door {
  readonly name: string;
  /** Inputs that are read today: mutations start from them. */
  readonly seeds: readonly string[];
  /** Words that change how the input is read. */
  readonly words?: readonly string[];
  /** Reads one input. Resolves for what is accepted. */
  readonly read: (input: string) => unknown;
  /** Whether an error is one that the door's documentation names. Default: it has a `code` of the project. */
  readonly refuses?: (error: unknown) => boolean;
}

/** A text in a seed that no error may repeat. */
export const SECRET = "IQoJb3JpZ2luX2VjEXAMPLESECRETTOKEN";
