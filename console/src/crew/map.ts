// The map of the crew page, fetched only when it is asked for: the way, the place, where we are and
// what is closed, on the tiles that the desk has. It brings no words and asks the server for tiles
// alone: the page gives it the rest.
import type { Feature, FeatureCollection, Position } from "geojson";
import type {
  GeoJSONSource,
  LayerSpecification,
  Map as Engine,
  StyleSpecification,
} from "maplibre-gl";
import { closureFeatures } from "../closuredata";
import { boxOf, hasWebgl2, styleComes } from "../mapopen";
import { mapStyle, palette, plainStyle } from "../style";
import type { Closure, LatLon, MapInfo } from "../types";

declare const ENGINE_URL: string;
declare const WORKER_URL: string;

const FIT_PX = 40;
const CLOSE_ZOOM = 15;
const sources = ["closures", "way", "place", "here"] as const;
type Source = (typeof sources)[number];

/** What is on the map; positions are [longitude, latitude] in the line. */
export interface Shown {
  line: readonly (readonly [number, number])[];
  place: LatLon | null;
  here: LatLon | null;
  closures: readonly Closure[];
}

const none: FeatureCollection = { type: "FeatureCollection", features: [] };
const some = (...features: Feature[]): FeatureCollection => ({ ...none, features });
const at = ({ lon, lat }: LatLon): Position => [lon, lat];
const point = (of: LatLon | null): FeatureCollection =>
  of
    ? some({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at(of) } })
    : none;

/** A ring is where to, a dot is where we are; strokes are closed, dots are slower. */
function ownLayers(dark: boolean): LayerSpecification[] {
  const p = palette(dark);
  type Kind = "closed" | "slowed";
  const closed = (kind: Kind, colour: string, dash: number[]): LayerSpecification => ({
    id: `crew-${kind}`,
    type: "line",
    source: "closures",
    filter: ["all", ["==", ["get", "kind"], kind], ["!", ["has", "sign"]]],
    paint: { "line-color": colour, "line-width": 5, "line-dasharray": dash },
  });
  return [
    {
      id: "crew-way",
      type: "line",
      source: "way",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": p.route, "line-width": 6, "line-opacity": 0.8 },
    },
    closed("closed", p.care, [1, 0.6]),
    closed("slowed", p.slow, [0.2, 1.2]),
    {
      id: "crew-place",
      type: "circle",
      source: "place",
      paint: {
        "circle-radius": 10,
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-width": 5,
        "circle-stroke-color": p.care,
      },
    },
    {
      id: "crew-here",
      type: "circle",
      source: "here",
      paint: {
        "circle-radius": 8,
        "circle-color": p.route,
        "circle-stroke-width": 3,
        "circle-stroke-color": p.halo,
      },
    },
  ];
}

function style(dark: boolean, info: MapInfo | null): StyleSpecification {
  const base = info ? mapStyle(dark, location.origin, info) : plainStyle(dark);
  const own = Object.fromEntries(
    sources.map((name) => [name, { type: "geojson" as const, data: none }]),
  );
  return {
    ...base,
    sources: { ...base.sources, ...own },
    layers: [...base.layers, ...ownLayers(dark)],
  };
}

export class CrewMap {
  private ready = false;
  private shown: Shown | null = null;

  private constructor(
    private readonly engine: Engine,
    private readonly info: MapInfo | null,
    private dark: boolean,
  ) {
    engine.on("style.load", () => {
      this.ready = true;
      if (this.shown) this.put(this.shown);
    });
  }

  /** Null where the browser cannot draw it. */
  static async open(
    box: HTMLElement,
    info: MapInfo | null,
    dark: boolean,
    title: string,
  ): Promise<CrewMap | null> {
    if (!hasWebgl2()) return null;
    const [engine] = await Promise.all([
      import(ENGINE_URL) as Promise<typeof import("../engine")>,
      styleComes(),
    ]);
    engine.setWorkerUrl(WORKER_URL);
    const made = new engine.Map({
      container: box,
      style: style(dark, info),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      maxZoom: 20,
      cooperativeGestures: false,
      locale: { "Map.Title": title },
      ...(info ? { bounds: info.bounds } : { center: [0, 0] as [number, number], zoom: 1 }),
    });
    made.addControl(new engine.AttributionControl({ compact: false }));
    made.addControl(new engine.ScaleControl({ maxWidth: 90 }), "bottom-left");
    made.keyboard.disableRotation();
    made.touchZoomRotate.disableRotation();
    return new CrewMap(made, info, dark);
  }

  /** The first time, and when the way is another, all of it comes into sight. */
  show(shown: Shown): void {
    const fresh = this.shown?.line !== shown.line || this.shown.place?.lat !== shown.place?.lat;
    this.shown = shown;
    if (this.ready) this.put(shown);
    if (fresh) this.fit();
  }

  private set(source: Source, data: FeatureCollection): void {
    this.engine.getSource<GeoJSONSource>(source)?.setData(data);
  }

  private put(shown: Shown): void {
    const coordinates = shown.line.map(([lon, lat]): Position => [lon, lat]);
    const line: Feature = {
      type: "Feature",
      properties: {},
      geometry: { type: "LineString", coordinates },
    };
    this.set("way", coordinates.length > 1 ? some(line) : none);
    this.set("place", point(shown.place));
    this.set("here", point(shown.here));
    this.set("closures", closureFeatures(shown.closures));
  }

  fit(): void {
    const { line = [], place = null, here = null } = this.shown ?? {};
    const points = [...line, ...[place, here].flatMap((p) => (p ? [at(p)] : []))];
    const box = boxOf(points);
    if (!box) return;
    this.engine.fitBounds(box, { padding: FIT_PX, duration: 0, maxZoom: CLOSE_ZOOM });
  }

  zoom(by: 1 | -1): void {
    this.engine.zoomTo(this.engine.getZoom() + by);
  }

  restyle(dark: boolean): void {
    if (dark === this.dark) return;
    this.dark = dark;
    this.ready = false;
    this.engine.setStyle(style(dark, this.info), { diff: false });
  }

  close(): void {
    this.engine.remove();
  }
}
