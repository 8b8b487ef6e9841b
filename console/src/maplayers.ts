// The layers of what is drawn by hand or by answer: closures, drawings, how far crews get.
import type { LayerSpecification } from "maplibre-gl";
import { LABEL_FONT, type Palette } from "./style";

type Filter = unknown[];
const is = (kind: string): Filter => ["==", ["get", "kind"], kind];
const type = (name: string): Filter => ["==", ["geometry-type"], name];

/** Colour and pattern together: red strokes one way are closed, amber dots are slower. */
export function closureLayers(
  p: Palette,
  label: { "text-color": string; "text-halo-color": string; "text-halo-width": number },
): LayerSpecification[] {
  const all = { "icon-allow-overlap": true, "icon-ignore-placement": true } as const;
  const colour = (kind: "closed" | "slowed"): string => (kind === "closed" ? p.care : p.slow);
  const kinds = ["closed", "slowed"] as const;
  const fills = kinds.map((kind): LayerSpecification => ({
    id: `closure-${kind}`,
    type: "fill",
    source: "closures",
    filter: ["all", type("Polygon"), is(kind), ["!", ["has", "border"]]] as never,
    paint: { "fill-pattern": `hatch-${kind}` },
  }));
  const borders = kinds.map((kind): LayerSpecification => ({
    id: `closure-border-${kind}`,
    type: "line",
    source: "closures",
    filter: ["all", type("Polygon"), is(kind)] as never,
    paint: { "line-color": colour(kind), "line-width": 2 },
  }));
  const lines = kinds.flatMap((kind): LayerSpecification[] => {
    const filter = ["all", type("LineString"), is(kind)] as never;
    const dash: { "line-dasharray"?: number[] } =
      kind === "closed" ? { "line-dasharray": [1, 0.6] } : { "line-dasharray": [0.2, 1.2] };
    return [
      {
        id: `closure-casing-${kind}`,
        type: "line",
        source: "closures",
        filter,
        paint: { "line-color": p.halo, "line-width": 8, "line-opacity": 0.9 },
      },
      {
        id: `closure-line-${kind}`,
        type: "line",
        source: "closures",
        filter,
        layout: { "line-cap": kind === "closed" ? "butt" : "round" },
        paint: { "line-color": colour(kind), "line-width": 5, ...dash },
      },
    ];
  });
  return [
    ...fills,
    ...borders,
    ...lines,
    {
      id: "closure-arrow",
      type: "symbol",
      source: "closures",
      filter: ["all", ["has", "sign"], ["has", "heading"]] as never,
      layout: {
        "icon-image": "way",
        "icon-rotate": ["get", "heading"],
        "icon-rotation-alignment": "map",
        ...all,
      },
    },
    {
      id: "closure-sign",
      type: "symbol",
      source: "closures",
      filter: ["has", "sign"] as never,
      layout: {
        "icon-image": ["concat", "sign-", ["get", "kind"]],
        ...all,
        "text-font": LABEL_FONT,
        "text-size": 11,
        "text-anchor": "top",
        "text-optional": true,
        "text-field": ["step", ["zoom"], "", 13, ["get", "id"]],
        "text-offset": [0, 1],
      },
      paint: label,
    },
  ];
}

export function draftLayers(p: Palette): LayerSpecification[] {
  return [
    {
      id: "draft-closed",
      type: "fill",
      source: "draft",
      filter: ["all", type("Polygon"), is("closed")] as never,
      paint: { "fill-pattern": "hatch-closed" },
    },
    {
      id: "draft-slowed",
      type: "fill",
      source: "draft",
      filter: ["all", type("Polygon"), is("slowed")] as never,
      paint: { "fill-pattern": "hatch-slowed" },
    },
    ...(["closed", "slowed"] as const).map((kind): LayerSpecification => ({
      id: `draft-road-${kind}`,
      type: "line",
      source: "draft",
      filter: ["==", ["get", "road"], kind] as never,
      paint: {
        "line-color": kind === "closed" ? p.care : p.slow,
        "line-width": 5,
        "line-opacity": 0.7,
      },
    })),
    {
      id: "draft-line",
      type: "line",
      source: "draft",
      filter: ["has", "kind"] as never,
      paint: { "line-color": p.route, "line-width": 3, "line-dasharray": [2, 1] },
    },
    {
      id: "draft-point",
      type: "circle",
      source: "draft",
      filter: ["has", "point"] as never,
      paint: {
        "circle-radius": 5,
        "circle-color": p.halo,
        "circle-stroke-width": 3,
        "circle-stroke-color": p.route,
      },
    },
    {
      id: "draft-way",
      type: "symbol",
      source: "draft",
      filter: ["has", "heading"] as never,
      layout: {
        "icon-image": "way",
        "icon-rotate": ["get", "heading"],
        "icon-rotation-alignment": "map",
        "icon-allow-overlap": true,
      },
    },
  ];
}

/** Where an alert holds: a tint that leaves the map readable, its border, its name along it. */
export function alertLayers(
  p: Palette,
  label: { "text-color": string; "text-halo-color": string; "text-halo-width": number },
): LayerSpecification[] {
  return [
    {
      id: "alert-fill",
      type: "fill",
      source: "alerts",
      paint: { "fill-color": p.slow, "fill-opacity": ["case", ["get", "severe"], 0.18, 0.1] },
    },
    {
      id: "alert-line",
      type: "line",
      source: "alerts",
      paint: { "line-color": p.slow, "line-width": 2, "line-dasharray": [3, 2] },
    },
    {
      id: "alert-name",
      type: "symbol",
      source: "alerts",
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 320,
        "text-font": LABEL_FONT,
        "text-size": 12,
        "text-field": ["get", "name"],
      },
      paint: { ...label },
    },
  ];
}

/** Many crews, one, none any more, none: two blues, red strokes and amber dots. */
export function coverLayers(p: Palette): LayerSpecification[] {
  const strength = { deep: 0.26, single: 0.12 } as const;
  const covered = (["deep", "single"] as const).map((kind): LayerSpecification => ({
    id: `cover-${kind}`,
    type: "fill",
    source: "cover",
    filter: is(kind) as never,
    paint: { "fill-color": p.route, "fill-opacity": strength[kind], "fill-antialias": false },
  }));
  const bare = (["lost", "none"] as const).map((kind): LayerSpecification => ({
    id: `cover-${kind}`,
    type: "fill",
    source: "cover",
    filter: is(kind) as never,
    paint: {
      "fill-pattern": kind === "lost" ? "hatch-closed" : "hatch-slowed",
      "fill-opacity": ["interpolate", ["linear"], ["get", "demand"], 1, 0.2, 4, 0.65],
    },
  }));
  return [...covered, ...bare];
}

/** Where crews drove: a line with a halo, so that it is seen on any ground. */
export function trailLayers(p: Palette): LayerSpecification[] {
  const layout = { "line-cap": "round", "line-join": "round" } as const;
  return [
    {
      id: "trail-halo",
      type: "line",
      source: "trails",
      layout,
      paint: { "line-color": p.halo, "line-width": 5, "line-opacity": 0.7 },
    },
    {
      id: "trail",
      type: "line",
      source: "trails",
      layout,
      paint: { "line-color": p.text, "line-width": 2, "line-dasharray": [0.5, 2] },
    },
  ];
}

export function measureLayers(p: Palette): LayerSpecification[] {
  const road = ["get", "road"];
  return [
    {
      id: "measure-road",
      type: "line",
      source: "measure",
      filter: ["all", type("LineString"), ["==", road, true]] as never,
      paint: { "line-color": p.route, "line-width": 5, "line-opacity": 0.75 },
    },
    {
      id: "measure-straight",
      type: "line",
      source: "measure",
      filter: ["all", type("LineString"), ["==", road, false]] as never,
      paint: { "line-color": p.text, "line-width": 2, "line-dasharray": [3, 2] },
    },
    {
      id: "measure-point",
      type: "circle",
      source: "measure",
      filter: type("Point") as never,
      paint: {
        "circle-radius": 4,
        "circle-color": p.halo,
        "circle-stroke-width": 2,
        "circle-stroke-color": p.text,
      },
    },
  ];
}

/** The nearest band is the strongest; each has its border and says its minutes along it. */
export function bandLayers(p: Palette): LayerSpecification[] {
  return [
    {
      id: "band-fill",
      type: "fill",
      source: "bands",
      paint: { "fill-color": p.route, "fill-opacity": ["get", "strength"] },
    },
    {
      id: "band-line",
      type: "line",
      source: "bands",
      paint: { "line-color": p.route, "line-width": ["+", 1, ["get", "rank"]] },
    },
    {
      id: "band-name",
      type: "symbol",
      source: "bands",
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 260,
        "text-font": LABEL_FONT,
        "text-size": 11,
        "text-field": ["get", "name"],
      },
      paint: { "text-color": p.text, "text-halo-color": p.halo, "text-halo-width": 2 },
    },
  ];
}
