import { checkLength } from "./lines.ts";

/** One event of a `text/event-stream`. */
export interface SseEvent {
  /** The event's type. Default: `message`. */
  readonly event: string;
  /** The data lines, joined with LF. OpenAI-style servers send `[DONE]` last; it is data like any other. */
  readonly data: string;
  /** The last event id so far. Default: empty. */
  readonly id: string;
  /** The reconnection time in milliseconds that came with this event. */
  readonly retry?: number;
}

/** Takes one line; returns an event when the line, an empty one, completes it. */
export type SseParser = (line: string) => SseEvent | undefined;

/**
 * Parses the event stream format of https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 * At the end of a stream, pass one more empty line: it delivers an event without a blank line after it, as many model
 * servers send the last one.
 */
export function createSseParser(): SseParser {
  let event = "";
  let data: string | undefined;
  let id = "";
  let retry: number | undefined;

  return (line) => {
    if (line === "") {
      const complete =
        data === undefined
          ? undefined
          : { event: event === "" ? "message" : event, data, id, ...(retry !== undefined && { retry }) };
      event = "";
      data = retry = undefined;
      return complete;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") checkLength((data = data === undefined ? value : `${data}\n${value}`));
    else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
    else if (field === "retry" && /^\d{1,15}$/.test(value)) retry = Number(value);
    return undefined;
  };
}
