// The log and the audit of the fake server: what they look like, without any real hashing of records.
import { createHash } from "node:crypto";

const DAY_MS = 86_400_000;
const ORIGIN = "amparo.example/log";
const hash = (text) => createHash("sha256").update(text).digest("base64");

/** Some days of a small service: [role, act, how many a day]. */
const usual = [
  ["call-taker", "call-received", 41],
  ["call-taker", "incident-triaged", 38],
  ["call-taker", "incident-viewed", 57],
  ["dispatcher", "unit-dispatched", 33],
  ["dispatcher", "incident-viewed", 128],
  ["dispatcher", "incident-closed", 29],
  ["supervisor", "incident-viewed", 12],
  ["supervisor", "hold-placed", 1],
  ["admin", "account-added", 1],
];

const dayOf = (ms) => new Date(ms).toISOString().slice(0, 10);

export class FakeLog {
  constructor(state) {
    this.state = state;
  }

  checkpoint() {
    const size = this.state.seq + 4000;
    const signature = Buffer.from(`${hash("key")}${hash(`${size}`)}`).toString("base64");
    const witness = Buffer.from(hash("witness")).toString("base64");
    const lines = [`${ORIGIN}\n${size}\n${hash(`root ${size}`)}\n`];
    lines.push(`\u2014 ${ORIGIN} ${signature}`, `\u2014 witness.example/w1 ${witness}`);
    return `${lines.join("\n")}\n`;
  }

  key() {
    return `${ORIGIN}+0a1b2c3d+${hash("key")}`;
  }

  proof(seq) {
    const path = Array.from({ length: 12 }, (_, i) => hash(`${seq} ${i}`));
    return `c2sp.org/tlog-proof@v1\nindex ${seq - 1}\n${path.join("\n")}\n\n${this.checkpoint()}`;
  }

  days(from, to) {
    const days = [];
    for (let ms = Date.parse(from); ms <= Date.parse(to) && days.length < 400; ms += DAY_MS) {
      const ago = Math.round((Date.parse(dayOf(Date.now())) - ms) / DAY_MS);
      if (ago < 0 || ago > 20) continue;
      const counts = usual
        .map(([role, kind, n], i) => ({ role, kind, n: Math.max(0, n - ((ago * (i + 3)) % 7)) }))
        .filter(({ n }) => n > 0);
      days.push({ day: dayOf(ms), first: 1 + (20 - ago) * 190, last: (21 - ago) * 190, counts });
    }
    return { days };
  }

  records(day, role, kind) {
    const found = this.days(day, day).days[0];
    const n = found?.counts.find((c) => c.role === role && c.kind === kind)?.n ?? 0;
    const records = Array.from({ length: n }, (_, i) => ({
      seq: found.first + i,
      leaf: hash(`leaf ${found.first + i}`),
      time: `${day}T${String(8 + (i % 12)).padStart(2, "0")}:15:00Z`,
    }));
    return { records, checkpoint: this.checkpoint() };
  }
}
