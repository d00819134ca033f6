import { checkLength } from "./lines.ts";

/** An event of a `text/event-stream`. */
export interface SseEvent {
  /** The event's type; `message` when the server named none. */
  readonly event: string;
  /** The data lines, joined with LF. OpenAI-style servers send `[DONE]` last; it is data like any other. */
  readonly data: string;
  /** The last event id seen so far; empty when there was none. */
  readonly id: string;
  /** The reconnection time in milliseconds that came with this event. */
  readonly retry?: number;
}

/** Takes one line and answers with the event that it completes; an empty one completes it. */
export type SseParser = (line: string) => SseEvent | undefined;

/**
 * Parses the event stream format of https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 * Where a stream ends, an empty line more delivers the event that the end cut short: many model servers omit the blank
 * line after the last one.
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
    const [, field, value = ""] = /^([^:]*):? ?(.*)/s.exec(line) ?? [];
    if (field === "data") checkLength((data = data === undefined ? value : `${data}\n${value}`));
    else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
    else if (field === "retry" && /^\d+$/.test(value)) retry = Number(value);
    return undefined;
  };
}
