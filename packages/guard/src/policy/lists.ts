import { type Shape, listOf, shape } from "@countersign/signer/options";

/** An action of IAM, `*` and `?` included. */
export const ACTION: RegExp = /^(?:\*|[a-z0-9-]{1,64}:[A-Za-z0-9*?]{1,128})$/i;

/** An ARN, `*` and `?` included. */
export const RESOURCE: RegExp = /^(?:\*|arn:\S{1,2048})$/;

/** A list of at least one text of a form. @param what completes "must be …", such as `an ARN`. */
export function filled(what: string, form: RegExp): Shape {
  const entry = shape(what, (value) => typeof value === "string" && form.test(value));
  return (value, field, refuse) =>
    listOf(entry)(
      shape(`a list with at least one entry, each ${what}`, (list) => Array.isArray(list) && list.length > 0)(
        value,
        field,
        refuse,
      ),
      field,
      refuse,
    );
}

/** The id of an organization. */
export const ORGANIZATION: Shape = shape(
  "an id such as o-a1b2c3d4e5",
  (id) => typeof id === "string" && /^o-[a-z0-9]{10,32}$/.test(id),
);
