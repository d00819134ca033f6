import type { SignedRequest } from "@countersign/signer";
import { diagnose, explainSigned, readAnswerText, readExpected, readRequestText } from "@countersign/signer/diagnose";
import { wasSignedWith } from "./check-secret.ts";
import { render } from "./render.ts";
import { readShareLink, shareLink } from "./share-link.ts";

const form = find("inputs", HTMLFormElement);
const request = find("request", HTMLTextAreaElement);
const answer = find("answer", HTMLTextAreaElement);
const printed = find("printed", HTMLTextAreaElement);
const secret = find("secret", HTMLInputElement);
const reveal = find("reveal", HTMLInputElement);
const status = find("status", HTMLElement);
const result = find("result", HTMLElement);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void inspect();
});
form.addEventListener("reset", () => {
  show([]);
  say("");
  history.replaceState(null, "", location.pathname);
});
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
reveal.addEventListener("change", () => {
  if (!result.hidden) void inspect();
});
find("share", HTMLButtonElement).addEventListener("click", () => void share());

const shared = readShareLink(location.href);
if (shared !== undefined) {
  request.value = shared;
  say("This link holds the request without its signature. Sign it, or paste the signed request to inspect it.");
}

async function inspect(): Promise<void> {
  const signed = read();
  if (signed === undefined) return;
  const options = { reveal: reveal.checked };
  try {
    const canonicalRequest = printed.value.trim().replaceAll("\r\n", "\n") || undefined;
    const explanation = explainSigned(signed, { ...options, canonicalRequest });
    const refusal = answer.value.trim() === "" ? undefined : readAnswerText(answer.value);
    show(
      render({
        explanation,
        ...(refusal && {
          diagnosis: diagnose(refusal, explanation, options),
          expected: readExpected(refusal, options),
        }),
        ...(secret.value !== "" && { secretMatches: await wasSignedWith(signed, explanation, secret.value) }),
      }),
    );
    say("");
    result.focus();
  } catch (error) {
    refuse(error);
  }
}

async function share(): Promise<void> {
  const signed = read();
  if (signed === undefined) return;
  const link = shareLink(location.href, signed);
  history.replaceState(null, "", link);
  await navigator.clipboard.writeText(link).then(
    () => say("Copied a link that holds the request without session token, signature and Authorization."),
    () => say("The address of this page is the link; the browser did not let it be copied."),
  );
}

function read(): SignedRequest | undefined {
  try {
    return readRequestText(request.value);
  } catch (error) {
    refuse(error);
    request.focus();
    return undefined;
  }
}

function refuse(error: unknown): void {
  show([]);
  say(error instanceof Error ? error.message : "This cannot be read.", true);
}

function say(text: string, isError = false): void {
  status.textContent = text;
  status.classList.toggle("error", isError);
}

function show(elements: readonly HTMLElement[]): void {
  result.replaceChildren(...elements);
  result.hidden = elements.length === 0;
}

function find<Kind extends HTMLElement>(id: string, kind: abstract new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html has no #${id}`);
  return found;
}
