// Runs in each Node binary, bundled with the package: sends through `transport.dispatcher` with the functions and interceptors
// of every undici that this Node can load, and prints what came of each.
import { createTransport } from "@countersign/transport";

const { url, ca, undicis } = JSON.parse(process.argv[2]);
const transport = createTransport({ ca });
const closed = createTransport({ ca });
await closed.close();

async function* pieces() {
  yield Buffer.from("a");
  yield Buffer.from("b");
}
const text = async (response) => (typeof response.text === "function" ? response.text() : response.body.text());
const within = (promise) => {
  const late = new Promise((resolve) => setTimeout(resolve, 5_000, "hangs").unref());
  return Promise.race([promise.then(text).catch(codeOf), late]);
};
const codeOf = (error) => {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.name === "TransportError") return current.code;
  }
  return /AbortError|TimeoutError/.test(error?.name) ? "aborted" : "fails at once";
};

const senders = { global: (target, { dispatcher, ...init }) => fetch(target, { ...init, dispatcher }) };
const composed = { plain: transport.dispatcher };
for (const name of undicis) {
  const undici = await import(name);
  senders[`${name} request`] = undici.request;
  senders[`${name} fetch`] = undici.fetch;
  composed[`${name} retry`] = transport.dispatcher.compose(undici.interceptors.retry());
  composed[`${name} redirect`] = transport.dispatcher.compose(undici.interceptors.redirect({ maxRedirections: 2 }));
}
// Interceptors of two generations on one request, in both orders.
if (undicis.length > 1) {
  const [oldest, newest] = [await import(undicis[0]), await import(undicis.at(-1))];
  const [first, second] = [oldest.interceptors.retry(), newest.interceptors.retry()];
  composed["oldest before newest"] = transport.dispatcher.compose([first, second]);
  composed["newest before oldest"] = transport.dispatcher.compose(second, first);
  composed["one after the other"] = transport.dispatcher.compose(first).compose(second);
}

const outcomes = {};
for (const [sender, send] of Object.entries(senders)) {
  for (const [how, dispatcher] of Object.entries(composed)) {
    const of = `${sender} through ${how}`;
    outcomes[of] = [
      await within(send(url, { dispatcher, method: "GET" })),
      await within(send(url, { dispatcher, method: "POST", body: "ab" })),
      await within(send(url, { dispatcher, method: "POST", body: pieces(), duplex: "half" })),
    ];
  }
  outcomes[`${sender} aborted`] = await within(
    send(`${url}silent`, { dispatcher: transport.dispatcher, method: "GET", signal: AbortSignal.timeout(50) }),
  );
  outcomes[`${sender} to plain HTTP`] = await within(
    send("http://localhost:8080/", { dispatcher: transport.dispatcher, method: "GET" }),
  );
  outcomes[`${sender} after close`] = await within(send(url, { dispatcher: closed.dispatcher, method: "GET" }));
}
console.log(JSON.stringify(outcomes));
process.exit();
