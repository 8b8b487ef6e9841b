// The board that the benches measure: the stand-in with so many incidents and crews, and the crews
// on the move, each a step and a turn a second as from their devices.
import { startFake } from "../test/fake.mjs";

const MIDDLE = { lat: -25.95, lon: 32.58 };
const STEP_DEG = 0.00015; // 15 m: a second at 54 km/h
const TURN_DEG = 15;

export async function startBoard({ incidents, crews }) {
  const fake = await startFake();
  for (let i = fake.state.units.size + 1; i <= crews; i++) fake.state.addUnit(i);
  for (let i = 0; i < incidents; i++) {
    const pos = { lat: MIDDLE.lat + (i % 40) / 1000, lon: MIDDLE.lon + (i % 37) / 1000 };
    const kind = { type: "fall", priority: 1 + (i % 5), place: `Rua ${i}` };
    fake.state.takeCall({ words: "Bench", pos, ...kind });
  }
  return fake;
}

/** All crews a step on, in one message. */
export function step(state) {
  const positions = [...state.units.values()].map((unit) => {
    const heading_deg = (unit.heading_deg + TURN_DEG) % 360;
    const angle = (heading_deg * Math.PI) / 180;
    const lat = unit.lat + STEP_DEG * Math.cos(angle);
    const lon = unit.lon + STEP_DEG * Math.sin(angle);
    return { unit: unit.id, lat, lon, heading_deg, speed_kmh: 54 };
  });
  state.move(positions);
}

/** The middle one of some numbers, and the one that a share of them is below. */
export function quantile(numbers, share = 0.5) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** One line: what was measured, against its bar. */
export function tell(what, value, bar, unit, more = "") {
  const holds = bar === null ? "" : value <= bar ? " holds" : " FAILS";
  const against = bar === null ? "" : ` (bar ${bar} ${unit})`;
  console.log(`${what}: ${value.toFixed(1)} ${unit}${against}${holds}${more && `; ${more}`}`);
  return bar === null || value <= bar;
}
