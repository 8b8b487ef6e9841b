// The symbols of the map as images: shape and letter by status, shape and digit by priority.
import { SHAPE_BOX, priorityShapes, priorityTextY, statusShapes, statusTextY } from "./symbols";
import { traffics } from "./hospitaldata";
import { tw } from "./strings";
import { type Traffic, unitStatuses } from "./types";

const RATIO = 2;
const CREW_PX = 24;
const INCIDENT_PX = 32;
const HEADING_PX = 44;
const MARGIN = 2;
const HATCH_PX = 10;
const SIGN_PX = 22;

export interface SymbolImage {
  name: string;
  image: ImageData;
}

export const SYMBOL_RATIO = RATIO;

interface Colours {
  fill: string;
  ink: string;
  line: string;
}

/** A colour token of the page's theme. */
function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function canvas(size: number): CanvasRenderingContext2D {
  const element = document.createElement("canvas");
  element.width = element.height = size * RATIO;
  const pen = element.getContext("2d") as CanvasRenderingContext2D;
  pen.scale(RATIO, RATIO);
  return pen;
}

function drawShape(
  size: number,
  path: string,
  letter: string,
  textY: number,
  c: Colours,
): ImageData {
  const pen = canvas(size);
  const scale = (size - 2 * MARGIN) / SHAPE_BOX;
  pen.translate(MARGIN, MARGIN);
  pen.scale(scale, scale);
  const shape = new Path2D(path);
  pen.lineJoin = "round";
  pen.lineWidth = 5;
  pen.strokeStyle = c.line;
  pen.stroke(shape);
  pen.fillStyle = c.fill;
  pen.fill(shape);
  pen.fillStyle = c.ink;
  pen.font = "700 13px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(letter, 12, textY + 0.8);
  return pen.getImageData(0, 0, size * RATIO, size * RATIO);
}

/** A pointer outside the crew's shape, up; the map turns it to the heading. */
function drawHeading(colour: string, line: string): ImageData {
  const pen = canvas(HEADING_PX);
  const middle = HEADING_PX / 2;
  const arrow = new Path2D(`M${middle} 1L${middle + 7} 11L${middle} 8L${middle - 7} 11Z`);
  pen.lineJoin = "round";
  pen.lineWidth = 2.5;
  pen.strokeStyle = line;
  pen.stroke(arrow);
  pen.fillStyle = colour;
  pen.fill(arrow);
  return pen.getImageData(0, 0, HEADING_PX * RATIO, HEADING_PX * RATIO);
}

/** A ring round what is selected. */
function drawRing(colour: string): ImageData {
  const pen = canvas(HEADING_PX);
  pen.lineWidth = 3;
  pen.strokeStyle = colour;
  pen.beginPath();
  pen.arc(HEADING_PX / 2, HEADING_PX / 2, HEADING_PX / 2 - 3, 0, 2 * Math.PI);
  pen.stroke();
  return pen.getImageData(0, 0, HEADING_PX * RATIO, HEADING_PX * RATIO);
}

/** A tile of hatching: strokes for what is closed, dots for what is slower. */
function drawHatch(kind: "closed" | "slowed", colour: string): ImageData {
  const pen = canvas(HATCH_PX);
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 2.5;
  if (kind === "closed") {
    pen.beginPath();
    for (const shift of [-HATCH_PX, 0, HATCH_PX]) {
      pen.moveTo(shift, HATCH_PX);
      pen.lineTo(shift + HATCH_PX, 0);
    }
    pen.stroke();
  } else {
    for (const at of [HATCH_PX / 4, (3 * HATCH_PX) / 4]) {
      pen.beginPath();
      pen.arc(at, at, 1.7, 0, 2 * Math.PI);
      pen.fill();
    }
  }
  return pen.getImageData(0, 0, HATCH_PX * RATIO, HATCH_PX * RATIO);
}

/** The sign in the middle of a closure: a bar in a disc, or a triangle with a mark. */
function drawSign(kind: "closed" | "slowed", colour: string, line: string): ImageData {
  const pen = canvas(SIGN_PX);
  const middle = SIGN_PX / 2;
  const shape = new Path2D();
  if (kind === "closed") shape.arc(middle, middle, middle - 3, 0, 2 * Math.PI);
  else shape.addPath(new Path2D(`M${middle} 3L${SIGN_PX - 2} ${SIGN_PX - 4}L2 ${SIGN_PX - 4}Z`));
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = line;
  pen.stroke(shape);
  pen.fillStyle = colour;
  pen.fill(shape);
  pen.fillStyle = line;
  if (kind === "closed") pen.fillRect(middle - 5, middle - 1.75, 10, 3.5);
  else {
    pen.fillRect(middle - 1.25, 8, 2.5, 6);
    pen.fillRect(middle - 1.25, 15.5, 2.5, 2.5);
  }
  return pen.getImageData(0, 0, SIGN_PX * RATIO, SIGN_PX * RATIO);
}

/** An H on a plate; what is to be known before going there is a mark on its corner. */
function drawHospital(traffic: Traffic, line: string): ImageData {
  const pen = canvas(SIGN_PX);
  const colour = token(`--h-${traffic}`);
  const side = SIGN_PX - 6;
  const plate = new Path2D(`M3 3h${side}v${side}h-${side}Z`);
  pen.lineWidth = 4;
  pen.strokeStyle = line;
  pen.stroke(plate);
  pen.fillStyle = traffic === "unknown" ? line : colour;
  pen.fill(plate);
  if (traffic === "unknown") {
    pen.lineWidth = 2;
    pen.strokeStyle = colour;
    pen.setLineDash([3, 2]);
    pen.stroke(plate);
    pen.setLineDash([]);
  }
  pen.fillStyle = pen.strokeStyle = traffic === "unknown" ? colour : line;
  pen.font = "700 13px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(traffic === "advisory" ? "H!" : "H", SIGN_PX / 2, SIGN_PX / 2 + 1);
  if (traffic === "closed") {
    pen.lineWidth = 2.5;
    pen.stroke(new Path2D(`M4 4L${SIGN_PX - 4} ${SIGN_PX - 4}`));
  }
  return pen.getImageData(0, 0, SIGN_PX * RATIO, SIGN_PX * RATIO);
}

/** All images of the current theme and language. */
export function symbolImages(): SymbolImage[] {
  const line = token("--symbol-line");
  const crews = unitStatuses.map((status) => ({
    name: `crew-${status}`,
    image: drawShape(CREW_PX, statusShapes[status], tw("letter", status), statusTextY[status], {
      fill: token(`--st-${status}`),
      ink: token(`--st-${status}-ink`),
      line,
    }),
  }));
  const incidents = priorityShapes.map((path, p) => ({
    name: `incident-${p}`,
    image: drawShape(INCIDENT_PX, path, p ? String(p) : "?", priorityTextY[p] ?? 12, {
      fill: token(`--pri-${p}`),
      ink: token(`--pri-${p}-ink`),
      line,
    }),
  }));
  const signs = (["closed", "slowed"] as const).flatMap((kind) => {
    const colour = token(kind === "closed" ? "--bad" : "--warn");
    return [
      { name: `hatch-${kind}`, image: drawHatch(kind, colour) },
      { name: `sign-${kind}`, image: drawSign(kind, colour, line) },
    ];
  });
  return [
    ...crews,
    ...signs,
    ...traffics.map((traffic) => ({
      name: `hospital-${traffic}`,
      image: drawHospital(traffic, line),
    })),
    { name: "way", image: drawHeading(token("--text"), line) },
    ...incidents,
    { name: "heading", image: drawHeading(token("--text"), line) },
    { name: "ring", image: drawRing(token("--focus")) },
  ];
}
