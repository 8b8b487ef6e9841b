// The way of a crew, drawn small: the line of the route with both ends, north up, without a map.
import { type TemplateResult, svg } from "lit/html.js";
import type { Way } from "./line";

export const WIDTH = 320;
export const HEIGHT = 200;
const MARGIN = 26; // room for the mark above an end
const RADIANS = Math.PI / 180;
const POINTS_MAX = 600;

/** The line in the picture: x to the east, y to the south, the same scale for both. */
export function project(line: readonly (readonly [number, number])[]): [number, number][] {
  const first = line[0];
  if (!first) return [];
  const narrow = Math.cos(first[1] * RADIANS);
  const flat = line.map(([lon, lat]): [number, number] => [(lon - first[0]) * narrow, -lat]);
  const xs = flat.map(([x]) => x);
  const ys = flat.map(([, y]) => y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  const wide = Math.max(...xs) - left;
  const high = Math.max(...ys) - top;
  const room = (size: number, of: number): number => (of > 0 ? (size - 2 * MARGIN) / of : Infinity);
  const scale = Math.min(room(WIDTH, wide), room(HEIGHT, high));
  const k = Number.isFinite(scale) ? scale : 0;
  const dx = (WIDTH - wide * k) / 2;
  const dy = (HEIGHT - high * k) / 2;
  return flat.map(([x, y]) => [dx + (x - left) * k, dy + (y - top) * k]);
}

export function wayPicture(way: Way, label: string): TemplateResult {
  const step = Math.ceil(way.line.length / POINTS_MAX);
  const thin = way.line.filter((_, i) => i % step === 0 || i === way.line.length - 1);
  const points = project(thin);
  const start = points[0] ?? [0, 0];
  const end = points[points.length - 1] ?? [0, 0];
  const text = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  return svg`<svg class="sketch" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${label}>
    <polyline points=${text}></polyline>
    <circle class="here" cx=${start[0]} cy=${start[1]} r="7"></circle>
    <path class="there" transform="translate(${end[0]} ${end[1]})" d="M0 0L-8 -20H8Z"></path>
  </svg>` as TemplateResult;
}
