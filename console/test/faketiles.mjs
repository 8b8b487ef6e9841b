// Vector tiles of a made-up grid town for the fake server: enough of MVT to see the style at work.
import { gzipSync } from "node:zlib";

const EXTENT = 4096;
const BLOCK_DEG = 0.004;
const TOWN = { west: 32.5, south: -26.0, east: 32.66, north: -25.9 };

export const townBounds = [TOWN.west, TOWN.south, TOWN.east, TOWN.north];

function varint(n, out) {
  let rest = n >>> 0;
  while (rest > 127) {
    out.push((rest & 127) | 128);
    rest >>>= 7;
  }
  out.push(rest);
}

function field(number, bytes, out) {
  varint((number << 3) | 2, out);
  varint(bytes.length, out);
  for (const byte of bytes) out.push(byte);
}

const zigzag = (n) => (n << 1) ^ (n >> 31);

/** The geometry commands of a line or (closed) a polygon, tile coordinates. */
function geometry(points, closed) {
  const out = [];
  let [px, py] = [0, 0];
  const to = ([x, y]) => {
    varint(zigzag(x - px), out);
    varint(zigzag(y - py), out);
    [px, py] = [x, y];
  };
  varint((1 << 3) | 1, out);
  to(points[0]);
  if (points.length > 1) {
    varint(((points.length - 1) << 3) | 2, out);
    points.slice(1).forEach(to);
  }
  if (closed) varint((1 << 3) | 7, out);
  return out;
}

const TYPE = { point: 1, line: 2, polygon: 3 };

function layer(name, features) {
  const out = [];
  const keys = [];
  const values = [];
  const index = (list, item) => (list.includes(item) ? list.indexOf(item) : list.push(item) - 1);
  varint((15 << 3) | 0, out);
  varint(2, out);
  field(1, Buffer.from(name), out);
  for (const f of features) {
    const feature = [];
    const tags = [];
    for (const [key, value] of Object.entries(f.tags)) {
      varint(index(keys, key), tags);
      varint(index(values, value), tags);
    }
    field(2, tags, feature);
    varint((3 << 3) | 0, feature);
    varint(TYPE[f.type], feature);
    field(4, geometry(f.points, f.type === "polygon"), feature);
    field(2, feature, out);
  }
  for (const key of keys) field(3, Buffer.from(key), out);
  for (const value of values) {
    const text = [];
    field(1, Buffer.from(value), text);
    field(4, text, out);
  }
  varint((5 << 3) | 0, out);
  varint(EXTENT, out);
  return out;
}

/** Longitude, latitude to the coordinates of the tile. */
function projector(z, x, y) {
  const n = 2 ** z;
  return ([lon, lat]) => {
    const s = Math.sin((lat * Math.PI) / 180);
    const my = 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI);
    return [((lon / 360 + 0.5) * n - x) * EXTENT, (my * n - y) * EXTENT].map(Math.round);
  };
}

/** Whether any of it may be seen in the tile. */
function touches(points) {
  const xs = points.map((p) => p[0]);
  const ys = points.map((p) => p[1]);
  const far = EXTENT * 1.1;
  return (
    Math.max(...xs) > -400 &&
    Math.min(...xs) < far &&
    Math.max(...ys) > -400 &&
    Math.min(...ys) < far
  );
}

function roads() {
  const found = [];
  const cols = Math.round((TOWN.east - TOWN.west) / BLOCK_DEG);
  const rows = Math.round((TOWN.north - TOWN.south) / BLOCK_DEG);
  const kind = (i) => (i % 10 === 0 ? "primary" : i % 5 === 0 ? "tertiary" : "residential");
  for (let i = 0; i <= cols; i++) {
    const lon = TOWN.west + i * BLOCK_DEG;
    const points = [
      [lon, TOWN.south],
      [lon, TOWN.north],
    ];
    found.push({ type: "line", tags: { class: kind(i), name: `Avenida ${i}` }, points });
  }
  for (let i = 0; i <= rows; i++) {
    const lat = TOWN.south + i * BLOCK_DEG;
    const points = [
      [TOWN.west, lat],
      [TOWN.east, lat],
    ];
    found.push({ type: "line", tags: { class: kind(i), name: `Rua ${i}` }, points });
  }
  return found;
}

const river = [
  [32.57, -26.0],
  [32.574, -25.97],
  [32.568, -25.94],
  [32.575, -25.9],
  [32.579, -25.9],
  [32.573, -25.94],
  [32.579, -25.97],
  [32.575, -26.0],
];
const park = [
  [32.59, -25.94],
  [32.6, -25.94],
  [32.6, -25.93],
  [32.59, -25.93],
];

const town = {
  landuse: [{ type: "polygon", tags: { kind: "park" }, points: park }],
  water: [{ type: "polygon", tags: { kind: "river" }, points: river }],
  road: roads(),
  place: [{ type: "point", tags: { name: "Vila Nova", kind: "town" }, points: [[32.6, -25.95]] }],
  poi: [
    {
      type: "point",
      tags: { name: "Hospital Central", kind: "hospital" },
      points: [[32.61, -25.94]],
    },
  ],
};

/** The gzip bytes of a tile, or null when it is empty. */
export function tile(z, x, y) {
  const project = projector(z, x, y);
  const out = [];
  for (const [name, features] of Object.entries(town)) {
    const seen = features
      .map((f) => ({ ...f, points: f.points.map(project) }))
      .filter((f) => touches(f.points));
    if (seen.length > 0) field(3, layer(name, seen), out);
  }
  return out.length > 0 ? gzipSync(Buffer.from(out)) : null;
}
