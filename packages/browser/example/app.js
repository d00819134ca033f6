import { createInvoker, vendedCredentials } from "./countersign.min.js";
import { finishSignIn, forget, getToken, startSignIn } from "./sign-in.js";

const $ = (id) => document.getElementById(id);
const settings = await (await fetch("settings.json")).json();

let credentials;
let sagemaker;
let asking;
let renewals = 0;
let shown;

const user = await finishSignIn(settings);
if (user === undefined) {
  $("sign-in").hidden = false;
} else {
  $("user").textContent = user;
  $("sign-out").hidden = false;
  $("send").disabled = false;
  credentials = vendedCredentials({ url: settings.broker, grant: settings.grant, getToken });
  sagemaker = createInvoker({ region: settings.region, credentials, endpoint: { url: location.origin } });
  setInterval(showHeld, 500);
  $("question").focus();
}

$("sign-in").addEventListener("click", () => void startSignIn(settings));
$("sign-out").addEventListener("click", () => {
  asking?.abort();
  forget();
  location.assign("/");
});
$("stop").addEventListener("click", () => asking?.abort());
$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  void ask($("question").value);
});
$("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("ask").requestSubmit();
});

async function ask(inputs) {
  if (asking !== undefined) return;
  if (sagemaker === undefined) return say("Sign in first.", true);
  asking = new AbortController();
  busy(true);
  $("answer").replaceChildren();
  say("Asking …");
  try {
    const stream = sagemaker.invokeStream(settings.endpoint, { inputs }, { signal: asking.signal });
    for await (const { data } of stream.sse()) {
      if (data === "[DONE]") break;
      $("answer").append(JSON.parse(data).token);
      say("Answering …");
    }
    say("Done.");
  } catch (error) {
    say(asking.signal.aborted ? "Stopped." : reason(error), !asking.signal.aborted);
  } finally {
    asking = undefined;
    busy(false);
    showHeld();
  }
}

/** What to tell a person: the code decides, the rest is for the console of the broker. */
function reason(error) {
  for (let link = error; link !== undefined && link !== null; link = link.cause) {
    if (link.code === "GRANT_REFUSED") return "The broker gives no credentials any more. Sign in again.";
    if (link.code === "VENDING_FAILED") return "The broker cannot be reached. Try again in a moment.";
    if (link.code === "AccessDeniedException") return "These credentials may not do that.";
  }
  return "The model did not answer. Try again.";
}

/** Shows which credentials there are and when they end; never their secrets. */
function showHeld() {
  const held = credentials?.peek();
  $("nothing").hidden = held !== undefined;
  $("held").hidden = held === undefined;
  $("lifetime").hidden = held === undefined;
  if (held === undefined) return;
  if (held.accessKeyId !== shown?.accessKeyId) {
    renewals += shown === undefined ? 0 : 1;
    shown = { accessKeyId: held.accessKeyId, since: Date.now(), until: held.expiration.getTime() };
  }
  const left = Math.max(0, shown.until - Date.now());
  $("key").textContent = held.accessKeyId;
  $("left").textContent = `${Math.floor(left / 60_000)} min ${String(Math.floor(left / 1000) % 60).padStart(2, "0")} s`;
  $("renewals").textContent = renewals === 0 ? "not yet" : `${renewals} ×`;
  $("lifetime").value = left / (shown.until - shown.since);
}

function busy(isBusy) {
  $("send").disabled = isBusy;
  $("stop").hidden = !isBusy;
}

function say(text, isError = false) {
  $("status").textContent = text;
  $("status").classList.toggle("error", isError);
}
