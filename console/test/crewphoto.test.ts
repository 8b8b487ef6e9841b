// A picture of the crew page: its size, what must not be in it, its way out; and the map's button.
import assert from "node:assert/strict";
import test from "node:test";
import { isSlow, navigationLink } from "../src/crew/mapview";
import { sendPiece, sendPress } from "../src/crew/line";
import { BYTES_WANTED, NoPicture, encodeSmall, fit, isBare } from "../src/crew/photo";
import { type Outcome, type Press, Queue } from "../src/crew/queue";

test("a picture keeps its form, fits into 1,600 pixels and never grows", () => {
  assert.deepEqual(fit(4000, 3000), [1600, 1200]);
  assert.deepEqual(fit(3000, 4000), [1200, 1600]);
  assert.deepEqual(fit(640, 480), [640, 480]);
  assert.deepEqual(fit(20_000, 3), [1600, 1]);
});

const segment = (kind: number, text: string): number[] => {
  const words = [...new TextEncoder().encode(text)];
  return [0xff, kind, (words.length + 2) >> 8, (words.length + 2) & 255, ...words];
};
const jpeg = (...segments: number[][]): Uint8Array =>
  new Uint8Array([0xff, 0xd8, ...segments.flat(), ...segment(0xda, "s"), 1, 2, 3]);

test("what a camera writes beside a picture is found wherever it stands", () => {
  const plain = segment(0xe0, "JFIF\0");
  assert.equal(isBare(jpeg(plain, segment(0xdb, "table"))), true);
  assert.equal(isBare(jpeg(plain, segment(0xe1, "Exif\0\0GPS"))), false);
  assert.equal(isBare(jpeg(segment(0xe1, "http://ns.adobe.com/xap/1.0/"), plain)), false);
  assert.equal(isBare(jpeg(plain, segment(0xed, "Photoshop 3.0"))), false);
  assert.equal(isBare(jpeg(plain, segment(0xfe, "a comment"))), false);
  assert.equal(isBare(new Uint8Array([0x89, 0x50, 0x4e, 0x47])), false, "no JPEG");
  assert.equal(isBare(new Uint8Array([0xff, 0xd8, 0xff])), false, "cut off");
});

test("the quality goes down until a picture is small; what is not bare never leaves", async () => {
  const small = jpeg(segment(0xe0, "JFIF\0"));
  const asked: number[] = [];
  const large = new ArrayBuffer(BYTES_WANTED + 1);
  const found = await encodeSmall(async (quality) => {
    asked.push(quality);
    return quality > 0.7 ? large : (small.buffer as ArrayBuffer);
  });
  assert.equal(found.byteLength, small.length);
  assert.deepEqual(asked, [0.8, 0.65]);
  const told = jpeg(segment(0xe1, "Exif\0\0")).buffer as ArrayBuffer;
  await assert.rejects(
    encodeSmall(async () => told),
    NoPicture,
  );
});

const status = (key: string, to: string): Press => ({
  key,
  path: "/units/M1/status",
  body: { status: to },
  at: 1,
  status: to,
});
const picture = (key: string, bytes = 300): Press => ({
  key,
  path: `/units/M1/media/${key}`,
  body: {},
  at: 1,
  medium: { kind: "picture", incident: "I-1", bytes, sent: 0 },
});

/** A queue whose line takes a picture in pieces of 100 bytes, and lets `during` happen between. */
function made(during: (queue: Queue, sent: number) => void = () => undefined) {
  const sent: string[] = [];
  const recorded: string[] = [];
  const kept: string[][] = [];
  let open = false;
  const queue: Queue = new Queue({
    keeper: null,
    send: async (press): Promise<Outcome> => {
      if (!open) return { kind: "later" };
      sent.push(press.key);
      if (!press.medium) return { kind: "done", answer: {} };
      const so_far = press.medium.sent + 100;
      during(queue, so_far);
      return so_far < press.medium.bytes
        ? { kind: "part", sent: so_far }
        : { kind: "done", answer: {} };
    },
    changed: () => undefined,
    recorded: (press) => recorded.push(press.key),
    settled: (_, keys) => kept.push([...keys]),
  });
  queue.open("m1");
  const go = async (): Promise<void> => {
    await queue.flush();
    open = true;
    await queue.flush();
  };
  return { queue, sent, recorded, kept, go };
}

test("a picture goes out in pieces, in its place, and its bytes are kept until then", async () => {
  const { queue, sent, recorded, kept, go } = made();
  queue.add(status("a", "on-scene"));
  queue.add(picture("p"));
  queue.add(picture("q", 100));
  await go();
  assert.deepEqual(sent, ["a", "p", "p", "p", "q"]);
  assert.deepEqual(recorded, ["a", "p", "q"]);
  assert.deepEqual(kept[kept.length - 1], []);
  assert.equal(queue.waiting.length, 0);
});

test("a status does not wait for a picture unless it ends the part in the incident", async () => {
  const { queue, sent, go } = made((q, n) => {
    if (n === 200) q.add(status("b", "transporting"));
  });
  queue.add(picture("p"));
  queue.add(status("a", "on-scene"));
  queue.add(status("z", "available"));
  await go();
  assert.deepEqual(sent, ["a", "p", "p", "p", "z", "b"], "and never one status before another");
});

test("a picture that is taken back is not sent any further", async () => {
  const { queue, sent, recorded, go } = made((q, n) => {
    if (n === 200) q.takeBack("p");
  });
  queue.add(picture("p"));
  queue.add(status("z", "available"));
  await go();
  assert.deepEqual(sent, ["p", "p", "z"]);
  assert.deepEqual(recorded, ["z"]);
});

test("a line is called slow only when the browser says so", () => {
  assert.equal(isSlow({ effectiveType: "2g" }), true);
  assert.equal(isSlow({ effectiveType: "4g", saveData: true }), true);
  assert.equal(isSlow({ effectiveType: "4g" }), false);
  assert.equal(isSlow(undefined), false);
});

test("the phone's navigation gets two numbers and no words", () => {
  const place = { lat: -19.8436, lon: 34.8389 };
  const at = "-19.843600,34.838900";
  assert.equal(navigationLink(place, "Android 9"), `geo:${at}?q=${at}`);
  assert.equal(navigationLink(place, "iPhone OS 16"), `maps:?daddr=${at}`);
});

test("an answer that was cut off costs no picture: the same piece is asked again", async (t) => {
  const answers = [
    new Response('{"offs', { status: 200 }),
    new Response("", { status: 502 }),
    new Response('{"offset":200}', { status: 409 }),
    new Response('{"done":true}', { status: 200 }),
    new Response('{"detail":"the incident is closed"}', { status: 409 }),
  ];
  t.mock.method(globalThis, "fetch", async (url: string) =>
    url.endsWith("/session") ? new Response('{"account":"m1"}') : answers.shift(),
  );
  const press = picture("p");
  const kinds: string[] = [];
  while (answers.length > 0 && press.medium) {
    kinds.push((await sendPiece("m1", press, press.medium, new ArrayBuffer(300))).kind);
  }
  assert.deepEqual(kinds, ["later", "later", "part", "done", "refused"]);
});

test("a press is recorded when the server says so, not another in between", async (t) => {
  const bodies = ["<html>Welcome to the hotel</html>", '{"seq":', '{"seq":7}'];
  t.mock.method(globalThis, "fetch", async (url: string) =>
    url.endsWith("/session") ? new Response('{"account":"m1"}') : new Response(bodies.shift()),
  );
  const kinds: string[] = [];
  while (bodies.length > 0) {
    kinds.push((await sendPress("m1", status("s", "en-route"))).kind);
  }
  assert.deepEqual(kinds, ["later", "later", "done"]);
});
