// Our own small signs for buttons, drawn as lines: no font has to know them.
const SVG = "http://www.w3.org/2000/svg";

const paths = {
  find: "M10 3A7 7 0 1 1 10 17A7 7 0 1 1 10 3M15 15L21 21",
  window: "M8 8H21V21H8ZM8 16H3V3H16V8",
} as const;

export function icon(name: keyof typeof paths): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", paths[name]);
  svg.append(line);
  return svg;
}
