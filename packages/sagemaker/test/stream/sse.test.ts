import { describe, expect, test } from "vitest";
import { createSseParser, type SseEvent } from "../../src/stream/sse.ts";

function parse(lines: string): SseEvent[] {
  const parse = createSseParser();
  return [...lines.split("\n"), ""].map((line) => parse(line)).filter((event) => event !== undefined);
}

const event = (data: string, rest: Partial<SseEvent> = {}): SseEvent => ({ event: "message", data, id: "", ...rest });

// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
describe("the WHATWG format", () => {
  test.each<[string, string, SseEvent[]]>([
    ["joins data lines with a line feed", "data: YHOO\ndata: +2\ndata: 10\n\n", [event("YHOO\n+2\n10")]],
    ["ignores comments", ": test stream\n\ndata: first\n\n", [event("first")]],
    [
      "takes one space after the colon away",
      "data:test\n\ndata: test\n\ndata:  test\n\n",
      [event("test"), event("test"), event(" test")],
    ],
    ["delivers data without a value as empty", "data\n\n", [event("")]],
    ["delivers two empty data lines as one line feed", "data\ndata\n\n", [event("\n")]],
    ["does not deliver an event without data", "event: ping\n\n: hi\n\n", []],
    [
      "names the event, and forgets the name after it",
      "event: add\ndata: 1\n\ndata: 2\n\n",
      [event("1", { event: "add" }), event("2")],
    ],
    [
      "remembers the id until another",
      "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
      [event("a", { id: "1" }), event("b", { id: "1" }), event("c")],
    ],
    ["ignores an id with a NULL", "id: a\0b\ndata: x\n\n", [event("x")]],
    [
      "takes retry only from digits",
      "retry: 10\ndata: x\n\nretry: 1s\ndata: y\n\n",
      [event("x", { retry: 10 }), event("y")],
    ],
    ["ignores fields it does not know", "dataset: no\nData: no\ndata: yes\n\n", [event("yes")]],
    ["keeps colons in a value", 'data: {"a":1}\n\n', [event('{"a":1}')]],
  ])("%s", (_, lines, events) => {
    expect(parse(lines)).toEqual(events);
  });
});

test("passes [DONE] as data", () => {
  expect(parse("data: [DONE]\n\n")).toEqual([event("[DONE]")]);
});

test("delivers an event that the end of the stream cut short", () => {
  expect(parse("data: 1\n\ndata: 2")).toEqual([event("1"), event("2")]);
});

test("breaks off an event of endless data lines", () => {
  const parse = createSseParser();
  const line = `data: ${"x".repeat(1024 * 1024)}`;
  expect(() => {
    for (let lines = 0; lines < 20; lines++) parse(line);
  }).toThrow(expect.objectContaining({ code: "LINE_TOO_LONG" }));
});
