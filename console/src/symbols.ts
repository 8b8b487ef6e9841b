// The shapes that say priority and status without colour: one path each, in a box of 24 by 24, used
// by the lists (SVG) and by the map (canvas).
import type { UnitStatus } from "./types";

export const SHAPE_BOX = 24;

/** 1 octagon, 2 triangle, 3 diamond, 4 square, 5 circle; 0 (not judged yet) a pointed shield. */
export const priorityShapes: readonly string[] = [
  "M2 3H22V13L12 23L2 13Z",
  "M8 1.5H16L22.5 8V16L16 22.5H8L1.5 16V8Z",
  "M12 1.5L23.5 22H.5Z",
  "M12 .8L23.2 12L12 23.2L.8 12Z",
  "M2.5 2.5H21.5V21.5H2.5Z",
  "M12 1.5A10.5 10.5 0 1 1 12 22.5A10.5 10.5 0 1 1 12 1.5Z",
];

/** Where the digit stands: the triangle has its room below the middle. */
export const priorityTextY: readonly number[] = [10.5, 12, 15.5, 12, 12, 12];

export const statusShapes: Readonly<Record<UnitStatus, string>> = {
  available: "M12 2A10 10 0 1 1 12 22A10 10 0 1 1 12 2Z",
  dispatched: "M12 1.5L23 20.5H1Z",
  "en-route": "M2 3H14L23 12L14 21H2Z",
  "on-scene": "M2.5 2.5H21.5V21.5H2.5Z",
  transporting: "M10 3H22V21H10L1 12Z",
  "at-hospital": "M8 1.5H16V8H22.5V16H16V22.5H8V16H1.5V8H8Z",
  returning: "M12 1L22 8.5L18 22H6L2 8.5Z",
  "out-of-service": "M6 2H18L22 12L18 22H6L2 12Z",
};

export const statusTextY: Readonly<Record<UnitStatus, number>> = {
  available: 12,
  dispatched: 15,
  "en-route": 12,
  "on-scene": 12,
  transporting: 12,
  "at-hospital": 12,
  returning: 12.5,
  "out-of-service": 12,
};

const SVG = "http://www.w3.org/2000/svg";

/** A small SVG of a shape with its letter; hidden from readers, for the text stands beside it. */
function shapeSvg(path: string, letter: string, textY: number): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${SHAPE_BOX} ${SHAPE_BOX}`);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "shape");
  const body = document.createElementNS(SVG, "path");
  body.setAttribute("d", path);
  const text = document.createElementNS(SVG, "text");
  text.setAttribute("x", "12");
  text.setAttribute("y", String(textY));
  text.textContent = letter;
  svg.append(body, text);
  return svg;
}

export function prioritySvg(priority: number): SVGSVGElement {
  const p = priorityShapes[priority] ? priority : 0;
  return shapeSvg(priorityShapes[p] ?? "", p ? String(p) : "?", priorityTextY[p] ?? 12);
}

export function statusSvg(status: UnitStatus, letter: string): SVGSVGElement {
  return shapeSvg(statusShapes[status], letter, statusTextY[status]);
}
