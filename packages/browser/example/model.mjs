// What stands in for a language model: it streams server-sent events in the shape that many model servers use, cut at
// places that have nothing to do with the events.
const WORDS =
  "This answer was streamed by a SageMaker endpoint to a page that holds nothing but credentials for this very " +
  "endpoint, for fifteen minutes. The request was signed here, in your browser; the connection behind it was proven to " +
  "be forward secret; and the policy of the session was enforced where the answer was made.";

export function model({ body }) {
  const { inputs = "" } = JSON.parse(new TextDecoder().decode(body));
  const opening = inputs === "" ? [] : [`You asked: “${String(inputs).slice(0, 200)}”. `];
  const tokens = [...opening, ...WORDS.split(/(?<= )/)];
  return { contentType: "text/event-stream", parts: stream(tokens) };
}

async function* stream(tokens) {
  const events = [...tokens.map((token) => `data: ${JSON.stringify({ token })}\n\n`), "data: [DONE]\n\n"];
  let pending = "";
  for (const event of events) {
    pending += event;
    const cut = Math.max(1, pending.length - 7);
    yield pending.slice(0, cut);
    pending = pending.slice(cut);
    await new Promise((resolve) => setTimeout(resolve, 35));
  }
  yield pending;
}
