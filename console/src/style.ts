// The map's style on our own vector tiles, light and dark. No glyph server: labels use local fonts.
import type { LayerSpecification, StyleSpecification } from "maplibre-gl";

export interface Palette {
  land: string;
  water: string;
  green: string;
  built: string;
  building: string;
  casing: string;
  motorway: string;
  main: string;
  street: string;
  path: string;
  ferry: string;
  text: string;
  soft: string;
  halo: string;
  waterText: string;
  care: string;
  slow: string;
  route: string;
}

/** Quiet on purpose: the bright colours belong to incidents and crews. */
const light: Palette = {
  land: "#eef0ee",
  water: "#b9d3de",
  green: "#dbe6d6",
  built: "#e6e6e4",
  building: "#d9d9d5",
  casing: "#c3c7c6",
  motorway: "#f2cf9c",
  main: "#fbeecb",
  street: "#ffffff",
  path: "#cfc9bd",
  ferry: "#6f97a8",
  text: "#2d3838",
  soft: "#5a6666",
  halo: "#f6f8f7",
  waterText: "#3d6779",
  care: "#a3293d",
  slow: "#9a5b00",
  route: "#1f66ad",
};

const dark: Palette = {
  land: "#14191c",
  water: "#0d2a38",
  green: "#17231d",
  built: "#1a1f22",
  building: "#22292c",
  casing: "#0b0e10",
  motorway: "#6b5a3a",
  main: "#4e4a3f",
  street: "#3d464b",
  path: "#333b3f",
  ferry: "#3d6779",
  text: "#c8d2d2",
  soft: "#92a0a0",
  halo: "#14191c",
  waterText: "#6f9db0",
  care: "#f0899a",
  slow: "#f5c06b",
  route: "#5fa3e6",
};

const FONT = ["Noto Sans", "sans-serif"];
const SOURCE = "map";

/** Road classes (OpenStreetMap's highway values, with or without _link) by how they are drawn. */
const kinds = {
  motorway: ["motorway", "motorway_link", "trunk", "trunk_link"],
  main: ["primary", "primary_link", "secondary", "secondary_link"],
  medium: ["tertiary", "tertiary_link"],
  path: ["footway", "path", "steps", "cycleway", "pedestrian", "track", "bridleway", "corridor"],
} as const;

type Kind = keyof typeof kinds | "street";
type Expression = unknown[];

const is = (kind: keyof typeof kinds): Expression => [
  "in",
  ["get", "class"],
  ["literal", kinds[kind]],
];

function filterOf(kind: Kind): Expression {
  if (kind !== "street") return is(kind);
  const others = Object.values(kinds).flat();
  return ["!", ["in", ["get", "class"], ["literal", others]]];
}

/** Widths in pixels by zoom. */
const widths: Record<Kind, [number, number][]> = {
  motorway: [
    [6, 0.6],
    [10, 2],
    [13, 4],
    [16, 12],
    [19, 34],
  ],
  main: [
    [8, 0.5],
    [11, 1.6],
    [13, 3],
    [16, 10],
    [19, 30],
  ],
  medium: [
    [10, 0.4],
    [13, 2.2],
    [16, 8],
    [19, 26],
  ],
  street: [
    [12, 0.4],
    [14, 1.6],
    [16, 6],
    [19, 22],
  ],
  path: [
    [14, 0.4],
    [16, 1.4],
    [19, 4],
  ],
};
const firstZoom: Record<Kind, number> = { motorway: 4, main: 8, medium: 10, street: 12, path: 14 };

const byZoom = (stops: [number, number][], plus = 0): Expression => [
  "interpolate",
  ["exponential", 1.4],
  ["zoom"],
  ...stops.flatMap(([zoom, width]) => [zoom, width + plus]),
];

function roadLayers(p: Palette): LayerSpecification[] {
  const colour: Record<Kind, string> = {
    motorway: p.motorway,
    main: p.main,
    medium: p.street,
    street: p.street,
    path: p.path,
  };
  const drawn: Kind[] = ["path", "street", "medium", "main", "motorway"];
  const layer = (kind: Kind, part: "casing" | "fill"): LayerSpecification => ({
    id: `road-${kind}-${part}`,
    type: "line",
    source: SOURCE,
    "source-layer": "road",
    minzoom: firstZoom[kind] + (part === "casing" ? 1 : 0),
    filter: filterOf(kind) as never,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": part === "casing" ? p.casing : colour[kind],
      "line-width": byZoom(widths[kind], part === "casing" ? 1.4 : 0) as never,
      ...(kind === "path" ? { "line-dasharray": [2, 1.4] } : {}),
    },
  });
  const casings = drawn.filter((k) => k !== "path").map((k) => layer(k, "casing"));
  return [...casings, ...drawn.map((k) => layer(k, "fill"))];
}

function groundLayers(p: Palette): LayerSpecification[] {
  const built = [
    "residential",
    "commercial",
    "industrial",
    "retail",
    "railway",
    "military",
    "hospital",
  ];
  return [
    { id: "land", type: "background", paint: { "background-color": p.land } },
    {
      id: "landuse",
      type: "fill",
      source: SOURCE,
      "source-layer": "landuse",
      paint: {
        "fill-color": [
          "case",
          ["in", ["coalesce", ["get", "kind"], ["get", "class"], ""], ["literal", built]],
          p.built,
          p.green,
        ],
      },
    },
    {
      id: "water",
      type: "fill",
      source: SOURCE,
      "source-layer": "water",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": p.water },
    },
    {
      id: "waterway",
      type: "line",
      source: SOURCE,
      "source-layer": "water",
      filter: ["==", ["geometry-type"], "LineString"],
      paint: {
        "line-color": p.water,
        "line-width": byZoom([
          [10, 0.6],
          [14, 2],
          [18, 8],
        ]) as never,
      },
    },
    {
      id: "building",
      type: "fill",
      source: SOURCE,
      "source-layer": "building",
      minzoom: 14,
      paint: { "fill-color": p.building, "fill-outline-color": p.casing },
    },
    {
      id: "ferry",
      type: "line",
      source: SOURCE,
      "source-layer": "ferry",
      minzoom: 9,
      paint: { "line-color": p.ferry, "line-width": 1.4, "line-dasharray": [3, 2] },
    },
  ];
}

function textLayers(p: Palette): LayerSpecification[] {
  const halo = { "text-halo-color": p.halo, "text-halo-width": 1.4 };
  const importance = ["match", ["get", "kind"], "city", 0, "town", 1, "suburb", 2, "village", 3, 4];
  return [
    {
      id: "address",
      type: "symbol",
      source: SOURCE,
      "source-layer": "address",
      minzoom: 17,
      layout: {
        "text-field": ["coalesce", ["get", "number"], ["get", "housenumber"], ["get", "name"], ""],
        "text-font": FONT,
        "text-size": 10,
      },
      paint: { "text-color": p.soft, ...halo },
    },
    {
      id: "road-name",
      type: "symbol",
      source: SOURCE,
      "source-layer": "road",
      minzoom: 13,
      filter: ["has", "name"],
      layout: {
        "symbol-placement": "line",
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": byZoom([
          [13, 10],
          [17, 13],
        ]) as never,
        "text-max-angle": 35,
      },
      paint: { "text-color": p.text, ...halo },
    },
    {
      id: "poi",
      type: "symbol",
      source: SOURCE,
      "source-layer": "poi",
      minzoom: 13,
      filter: ["has", "name"],
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": 11,
        "text-max-width": 8,
        "text-padding": 6,
      },
      paint: {
        "text-color": [
          "match",
          ["coalesce", ["get", "kind"], ""],
          ["hospital", "fire_station", "clinic", "ambulance_station", "police"],
          p.care,
          p.soft,
        ],
        ...halo,
      },
    },
    {
      id: "place",
      type: "symbol",
      source: SOURCE,
      "source-layer": "place",
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": ["match", ["get", "kind"], "city", 18, "town", 15, "suburb", 13, 12] as never,
        "symbol-sort-key": importance as never,
        "text-max-width": 8,
        "text-letter-spacing": 0.04,
      },
      paint: { "text-color": p.text, ...halo },
    },
  ];
}

export function palette(isDark: boolean): Palette {
  return isDark ? dark : light;
}

export const LABEL_FONT = FONT;

/** The whole background style. Our own layers (crews, incidents) are added above by map.ts. The
 * version of the map is in the address of its tiles: those of another one are fetched anew. */
export function mapStyle(
  isDark: boolean,
  origin: string,
  map: { attribution: string; version: string },
): StyleSpecification {
  const p = palette(isDark);
  return {
    version: 8,
    sources: {
      [SOURCE]: {
        type: "vector",
        tiles: [`${origin}/v1/tiles/{z}/{x}/{y}.mvt?map=${map.version}`],
        minzoom: 0,
        maxzoom: 16,
        attribution: map.attribution,
      },
    },
    layers: [...groundLayers(p), ...roadLayers(p), ...textLayers(p)],
  };
}

/** Without a map: a plain ground, on which incidents and crews still stand where they are. */
export function plainStyle(isDark: boolean): StyleSpecification {
  const land = { id: "land", type: "background" as const };
  return {
    version: 8,
    sources: {},
    layers: [{ ...land, paint: { "background-color": palette(isDark).land } }],
  };
}
