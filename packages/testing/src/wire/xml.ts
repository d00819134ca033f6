import { table } from "../table.ts";

const escapes = table<string>({
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
});

/** What may stand in an answer: absent members are left out, as AWS does. */
export type XmlValue =
  | string
  | number
  | boolean
  | Date
  | undefined
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

/** Writes members in the form of the AWS Query protocol; lists wrap their entries in `item` or `member`. */
export function xmlMembers(value: XmlValue, entry: "item" | "member" = "member"): string {
  if (value === undefined) return "";
  if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, "Z");
  if (typeof value !== "object") return String(value).replaceAll(/[&<>"\r]/g, (character) => escapes[character] ?? "");
  if (Array.isArray(value)) {
    return (value as readonly XmlValue[]).map((each) => `<${entry}>${xmlMembers(each, entry)}</${entry}>`).join("");
  }
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `<${name}>${xmlMembers(member, entry)}</${name}>`)
    .join("");
}
