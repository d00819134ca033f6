/** A value that is known only later: a parameter without a value, an import, a value known after apply. */
export class Unknown {
  /** JSON pointer into the input. */
  readonly path: string;
  /** As it is written, such as `Ref Subnet`. */
  readonly expression: string;
  /** What would make it known, such as `--parameters Subnet=VALUE`. */
  readonly decidedBy: string;
  /**
   * Set for a reference to a resource of the same template: the value will be some text, such as the id of a new subnet. A rule
   * that this text keeps is kept; one that it breaks cannot be judged.
   */
  readonly text: string | undefined;

  constructor(path: string, expression: string, decidedBy: string, text?: string) {
    this.path = path;
    this.expression = expression;
    this.decidedBy = decidedBy;
    this.text = text;
  }
}

/** What unknown values read as at present, and which of them were read. */
interface Reading {
  readonly value: unknown;
  readonly touched: Set<Unknown>;
}

/** The unknown value itself, for readers that know of it. */
const ITSELF: unique symbol = Symbol("itself");

let reading: Reading | undefined;

/** Puts an unknown value into an object or a list. */
export function placeUnknown(holder: object, key: string | number, unknown: Unknown): void {
  // A descriptor that inherits would read a polluted `Object.prototype`.
  const descriptor: object = {
    __proto__: null,
    enumerable: true,
    configurable: true,
    get(): unknown {
      reading?.touched.add(unknown);
      if (reading === undefined || reading.value === ITSELF) return unknown;
      return unknown.text ?? reading.value;
    },
  };
  Object.defineProperty(holder, key, descriptor);
}

/** Runs `work` while unknown values read as `value`, and passes the set of those that were read. */
export function readingAs<Result>(value: unknown, work: (touched: Set<Unknown>) => Result): Result {
  const before = reading;
  const touched = new Set<Unknown>();
  reading = { value, touched };
  try {
    return work(touched);
  } finally {
    reading = before;
  }
}

/** Runs `work` while unknown values read as themselves. */
export function readingUnknowns<Result>(work: (touched: Set<Unknown>) => Result): Result {
  return readingAs(ITSELF, work);
}
