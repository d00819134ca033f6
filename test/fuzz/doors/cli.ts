import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { rootCertificates } from "node:tls";
import { certificateAuthorities } from "../../../packages/cli/src/authorities.ts";
import { CliError } from "../../../packages/cli/src/cli-error.ts";
import { parseJson } from "../../../packages/cli/src/input.ts";
import { lineOfPointer } from "../../../packages/cli/src/json-position.ts";
import { harmless, visible, visibleLines } from "../../../packages/cli/src/visible.ts";
import { readShareLink } from "../../../packages/inspector/src/share-link.ts";
import type { Door } from "../door.ts";

const configuration = `{
  "hosts": ["broker.example.com"],
  "grants": { "a/b": { "kind": "browser", "allow": [{ "actions": ["sagemaker:InvokeEndpoint"] }] } }
}`;

export const cliDoors: readonly Door[] = [
  {
    name: "cli: a configuration",
    seeds: [configuration, '[1, -0.5e+3, true, null, "\\u0061"]'],
    words: ['"grants":', '\\"', "\\u0000", "\\", "[[", "}}", "/a~1b", '"a":1,"\\u0061":1'],
    refuses: (error) => error instanceof CliError && error.code === "INVALID_CONFIG",
    read(input) {
      parseJson(input, "config.json");
      const line = lineOfPointer(input, "/grants/a~1b/allow/0");
      if (!(line >= 1 && line <= input.split("\n").length)) throw new Error(`line ${line}`);
    },
  },
  {
    name: "cli: authorities in a file",
    seeds: [rootCertificates[0] ?? "", `junk\r\n${rootCertificates.slice(0, 2).join("\r\n")}`],
    words: ["-----BEGIN TRUSTED CERTIFICATE-----", "-----BEGIN X509 CERTIFICATE-----", "-----END", "MIIB", "=="],
    refuses: (error) => error instanceof CliError && error.code === "FILE_UNREADABLE",
    read(input) {
      const folder = mkdtempSync(path.join(tmpdir(), "countersign-fuzz-"));
      try {
        const file = path.join(folder, "ca.pem");
        writeFileSync(file, input);
        certificateAuthorities({ caBundle: { value: file, from: "AWS_CA_BUNDLE" } });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  },
  {
    name: "cli: foreign text for a terminal",
    seeds: [
      "a\u001B[2J\r\n::error::b",
      "##vso[task.setvariable variable=A]b ##[error]c",
      "\u001B[31mred\u001B[39m\u202E",
    ],
    words: ["\u001B[", "\u009B", "::", "##", "#\u200B#[", "\u2028"],
    read(input) {
      const acting = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
      const line = visible(input);
      if (acting.test(line) || /##\w*\[/u.test(line) || /^\s*::/u.test(line)) throw new Error("a line acts");
      // Line breaks, tabs and the colours of the program itself.
      const kept = new RegExp(`\\r?\\n|\\t|${String.fromCodePoint(27)}\\[(?:1|2|22|31|32|33|39)m`, "gu");
      if (acting.test(harmless(input).replaceAll(kept, ""))) throw new Error("output acts");
      if (acting.test(visibleLines(input).replaceAll(/\r?\n|\t/gu, ""))) throw new Error("lines act");
    },
  },
  {
    name: "inspector: a shared link",
    seeds: ["https://a.test/#request=GET%20%2F%20HTTP%2F1.1%0Ahost%3A%20a%0A%0A"],
    words: ["#request=", "%", "%FF", "&"],
    read(input) {
      if (URL.canParse(input)) readShareLink(input);
    },
  },
];
