// The crew page's queue of presses, its sharing of positions, its texts and its drawing of the way.
import assert from "node:assert/strict";
import test from "node:test";
import { type Outcome, type Press, Queue } from "../src/crew/queue";
import { POST_EVERY_MS, Sharing } from "../src/crew/sharing";
import { nextOf } from "../src/crew/status";
import { HEIGHT, WIDTH, project } from "../src/crew/way";
import { languages, setLanguage, t, table, tw } from "../src/crew/words";
import { unitStatuses } from "../src/types";
import { Shelf } from "./shelf";

const press = (key: string, status?: string): Press => ({
  key,
  path: "/units/M1/status",
  body: { status: status ?? "" },
  at: 1000,
  ...(status ? { status } : {}),
});

function makeQueue(answer: (press: Press) => Outcome, store = new Shelf()) {
  const sent: string[] = [];
  const recorded: string[] = [];
  const queue = new Queue({
    keeper: store,
    send: async (p) => {
      sent.push(p.key);
      return answer(p);
    },
    changed: () => undefined,
    recorded: (p) => recorded.push(p.key),
  });
  queue.open("m1");
  return { queue, sent, recorded, store };
}

test("what was pressed without a line goes out in order, once, when it is back", async () => {
  let away = true;
  const made = makeQueue(() => (away ? { kind: "later" } : { kind: "done", answer: {} }));
  made.queue.add(press("a", "en-route"));
  made.queue.add(press("b", "on-scene"));
  made.queue.add(press("c"));
  await made.queue.flush();
  assert.equal(made.queue.waiting.length, 3);
  assert.equal(made.queue.lastStatus, "on-scene");
  assert.ok(!made.sent.includes("b"), "nothing overtakes what waits");
  // the phone is switched off and on: another page over the same store
  away = false;
  const later = makeQueue(() => ({ kind: "done", answer: {} }), made.store);
  assert.deepEqual(
    later.queue.waiting.map((p) => [p.key, p.at]),
    [
      ["a", 1000],
      ["b", 1000],
      ["c", 1000],
    ],
  );
  await Promise.all([later.queue.flush(), later.queue.flush()]);
  assert.deepEqual(later.sent, ["a", "b", "c"]);
  assert.deepEqual(later.recorded, ["a", "b", "c"]);
  assert.equal(made.store.items.size, 0, "nothing stays behind");
});

test("a refusal is kept to be seen, and what comes after it still goes out", async () => {
  const made = makeQueue((p) =>
    p.key === "a" ? { kind: "refused", detail: "no" } : { kind: "done", answer: {} },
  );
  made.queue.add(press("a", "available"));
  made.queue.add(press("b", "en-route"));
  await made.queue.flush();
  assert.deepEqual(made.recorded, ["b"]);
  assert.deepEqual(
    made.queue.refused.map((r) => [r.key, r.detail]),
    [["a", "no"]],
  );
  made.queue.dismiss("a");
  assert.equal(made.store.items.size, 0);
});

test("another account never finds what this one left, and signing out leaves nothing", async () => {
  const made = makeQueue(() => ({ kind: "later" }));
  made.queue.add(press("a", "en-route"));
  await made.queue.flush();
  made.queue.open("m2");
  assert.equal(made.queue.waiting.length, 0);
  made.queue.open("m1");
  assert.equal(made.queue.waiting.length, 1);
  made.queue.forget();
  assert.equal(made.store.items.size, 0);
});

interface Watch {
  give: (lat: number, lon: number) => void;
  deny: () => void;
  watching: () => boolean;
}

function makeSharing(post: () => Promise<boolean>) {
  let found: PositionCallback | null = null;
  let failed: PositionErrorCallback | null = null;
  const clock = { now: 0 };
  const sharing = new Sharing({
    geolocation: {
      watchPosition: (ok, bad) => {
        found = ok;
        failed = bad ?? null;
        return 7;
      },
      clearWatch: () => {
        found = null;
      },
    },
    now: () => clock.now,
    post,
    changed: () => undefined,
  });
  const watch: Watch = {
    give: (latitude, longitude) =>
      found?.({
        coords: { latitude, longitude, accuracy: 8.4, heading: null, speed: 10 },
      } as GeolocationPosition),
    deny: () => failed?.({ code: 1 } as GeolocationPositionError),
    watching: () => found !== null,
  };
  return { sharing, watch, clock };
}

const settle = () => new Promise((done) => setTimeout(done, 0));

test("a position is shared only while sharing is on, and not too often", async () => {
  let posts = 0;
  const { sharing, watch, clock } = makeSharing(async () => ++posts > 0);
  assert.equal(watch.watching(), false, "nobody is asked before it is switched on");
  sharing.start();
  assert.equal(sharing.state, "waiting");
  watch.give(1, 2);
  await settle();
  assert.deepEqual([posts, sharing.state], [1, "on"]);
  assert.deepEqual(sharing.fix, { lat: 1, lon: 2, accuracy_m: 8, speed_kmh: 36 });
  watch.give(1, 3);
  await settle();
  assert.equal(posts, 1);
  clock.now += POST_EVERY_MS;
  watch.give(1, 4);
  await settle();
  assert.equal(posts, 2);
  sharing.stop("ended");
  assert.deepEqual([watch.watching(), sharing.state, sharing.fix], [false, "ended", null]);
});

test("sharing that ends while a position is on its way stays ended", async () => {
  let heard: (said: boolean) => void = () => undefined;
  const { sharing, watch } = makeSharing(() => new Promise((done) => (heard = done)));
  sharing.start();
  watch.give(1, 2);
  sharing.stop();
  heard(true);
  await settle();
  assert.equal(sharing.state, "off");
});

test("what the server did not hear, and what the phone forbids, is said", async () => {
  const { sharing, watch } = makeSharing(() => Promise.reject(new Error("away")));
  sharing.start();
  watch.give(1, 2);
  await settle();
  assert.equal(sharing.state, "unsent");
  watch.deny();
  assert.deepEqual([sharing.state, watch.watching()], ["denied", false]);
});

test("a crew is offered the next step first, and without an incident none that needs one", () => {
  assert.equal(nextOf("dispatched", true)[0], "en-route");
  assert.equal(nextOf("on-scene", true)[0], "transporting");
  assert.equal(nextOf("out-of-service", false)[0], "available");
  for (const status of unitStatuses) {
    assert.ok(!nextOf(status, true).includes(status), status);
    assert.ok(!nextOf(status, false).some((to) => to === "on-scene" || to === "transporting"));
  }
});

test("the way lies inside its picture, north is up and nothing is stretched", () => {
  const points = project([
    [32.5, -25.9],
    [32.6, -25.9],
    [32.6, -25.8],
  ]);
  for (const [x, y] of points) assert.ok(x >= 0 && x <= WIDTH && y >= 0 && y <= HEIGHT);
  const [a, b, c] = points as [[number, number], [number, number], [number, number]];
  assert.ok(c[1] < b[1] && b[0] > a[0]);
  const narrow = Math.cos((25.9 * Math.PI) / 180);
  assert.ok(Math.abs((b[0] - a[0]) / (b[1] - c[1]) - narrow) < 0.001);
  assert.deepEqual(project([]), []);
  assert.ok(project([[1, 1]]).every(([x, y]) => Number.isFinite(x) && Number.isFinite(y)));
});

test("every text of the crew page is there in every language, with the same marks", () => {
  const marks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [key, row] of Object.entries(table)) {
    assert.equal(row.length, languages.length, key);
    for (const text of row) {
      assert.notEqual(text.trim(), "", key);
      assert.deepEqual(marks(text), marks(row[0]), key);
    }
  }
  setLanguage("ar");
  assert.equal(t("locked", { n: 5 }).includes("5"), true);
  for (const status of unitStatuses) assert.notEqual(tw("status", status), status);
  setLanguage("en");
});
