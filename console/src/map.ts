// The map: our tiles, incidents and crews on top, selection, and picking a point. Loaded after the
// lists, which never wait for it.
import type { Position } from "geojson";
import type {
  ExpressionSpecification,
  GeoJSONSource,
  LayerSpecification,
  MapMouseEvent,
  StyleSpecification,
} from "maplibre-gl";
import { type Aim, Aiming } from "./aim";
import { Problem, api } from "./api";
import { boundsOf, closureFeatures } from "./closuredata";
import { el, setText } from "./dom";
import { AttributionControl, ScaleControl, setWorkerUrl } from "./engine";
import {
  circleFeatures,
  crewFeatures,
  incidentFeatures,
  markFeatures,
  positionOf,
} from "./mapdata";
import { boxOf, hasWebgl2, styleComes } from "./mapopen";
import { PacedMap } from "./pacedmap";
import { RouteLines } from "./routes";
import { SYMBOL_RATIO, symbolImages } from "./mapsymbols";
import type { Store, Topic } from "./store";
import { t } from "./strings";
import {
  alertLayers,
  bandLayers,
  closureLayers,
  coverLayers,
  draftLayers,
  measureLayers,
  trailLayers,
} from "./maplayers";
import { LABEL_FONT, mapStyle, palette, plainStyle } from "./style";
import type { Closure, LatLon, MapInfo } from "./types";

export type { Aim } from "./aim";

declare const WORKER_URL: string;

const CLOSE_ZOOM = 15;
const FIT_PX = 60;
const GLIDE_MS = 350;
const HIT_PX = 6;
const AT: ExpressionSpecification = ["literal", [0, 0]];
const BESIDE: ExpressionSpecification = ["literal", [19, 15]];
const clickable = ["incident", "crew", "hospital"];

export interface MapHost {
  store: Store;
  dark: () => boolean;
  openIncident: (id: string) => void;
  openUnit: (id: string) => void;
  openHospital: (id: string) => void;
  /** A point was chosen while a form wanted one. */
  picked: (pos: LatLon) => void;
  /** More buttons over the map, for who may use them. */
  tools: () => { words: string; sign: string; run: () => void }[];
}

export interface MapView {
  sync(topics: ReadonlySet<Topic>): void;
  select(incident: string | null, unit: string | null): void;
  goTo(incident: string | null, unit: string | null): void;
  /** While `on`, a click or Enter chooses a point; `pos` is the one chosen so far. */
  pick(on: boolean, pos: LatLon | null): void;
  mark(pos: LatLon, name: string): void;
  /** A place that is only thought of; chosen by hand, the map goes there if it is out of sight. */
  preview(pos: LatLon | null, name: string, byHand: boolean): void;
  /** While there is one, clicks and keys on the map are its; it goes before `pick`. */
  aim(aim: Aim | null): void;
  /** The words of the aim, anew. */
  retitle(): void;
  draw(source: DrawnSource, data: GeoJSON.FeatureCollection): void;
  look(closure: Closure): void;
  /** All these points, [lon, lat]. */
  frame(points: Position[]): void;
  /** The middle goes there, at this zoom, or (`near`) at one where streets are seen. */
  pan(pos: LatLon, near: boolean): void;
  /** Runs when somebody moves the map by hand. */
  onMoved(run: () => void): void;
  /** Whether the server has a map, that can be asked about roads. */
  readonly knows: boolean;
  center(): LatLon;
  focus(): boolean;
  restyle(): void;
  /** Another map is in force at the server: its tiles are fetched. */
  renew(version: string): void;
  relabel(): void;
}

/** Our layers over the background, in the colours of the theme. */
function ownLayers(dark: boolean): LayerSpecification[] {
  const p = palette(dark);
  const label = { "text-color": p.text, "text-halo-color": p.halo, "text-halo-width": 1.6 };
  const always = { "icon-allow-overlap": true, "icon-ignore-placement": true } as const;
  const text = {
    "text-font": LABEL_FONT,
    "text-size": 11,
    "text-anchor": "top" as const,
    "text-optional": true,
  };
  const ring: LayerSpecification = {
    id: "ring",
    type: "symbol",
    source: "crews",
    filter: ["get", "selected"],
    layout: { "icon-image": "ring", ...always },
  };
  return [
    {
      id: "circle-fill",
      type: "fill",
      source: "circles",
      paint: { "fill-color": p.care, "fill-opacity": 0.1 },
    },
    {
      id: "circle-line",
      type: "line",
      source: "circles",
      paint: { "line-color": p.care, "line-width": 1.5 },
    },
    ...alertLayers(p, label),
    ...coverLayers(p),
    ...bandLayers(p),
    ...closureLayers(p, label),
    {
      id: "route",
      type: "line",
      source: "routes",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": p.route, "line-width": 5, "line-opacity": 0.75 },
    },
    ...trailLayers(p),
    {
      id: "hospital",
      type: "symbol",
      source: "hospitals",
      layout: {
        "icon-image": ["concat", "hospital-", ["get", "traffic"]],
        ...always,
        ...text,
        "text-field": ["step", ["zoom"], "", 13, ["get", "label"]],
        "text-offset": [0, 1],
      },
      paint: label,
    },
    ring,
    { ...ring, id: "ring-incident", source: "incidents" } as LayerSpecification,
    {
      id: "heading",
      type: "symbol",
      source: "crews",
      filter: ["has", "heading"],
      layout: {
        "icon-image": "heading",
        "icon-rotate": ["get", "heading"],
        "icon-rotation-alignment": "map",
        ...always,
      },
    },
    {
      id: "crew",
      type: "symbol",
      source: "crews",
      layout: {
        "icon-image": ["concat", "crew-", ["get", "status"]],
        // A crew on scene hangs beside its incident instead of hiding under it.
        "icon-offset": ["match", ["get", "status"], "on-scene", BESIDE, AT],
        ...always,
        ...text,
        "text-field": ["step", ["zoom"], "", 12, ["get", "id"]],
        "text-offset": [0, 1.1],
      },
      paint: label,
    },
    {
      id: "incident",
      type: "symbol",
      source: "incidents",
      layout: {
        "icon-image": ["concat", "incident-", ["to-string", ["get", "priority"]]],
        ...always,
        ...text,
        "symbol-sort-key": ["-", 10, ["get", "rank"]],
        "text-field": ["step", ["zoom"], "", 12, ["get", "id"]],
        "text-offset": [0, 1.5],
      },
      paint: label,
    },
    {
      id: "mark",
      type: "circle",
      source: "mark",
      paint: {
        "circle-radius": 8,
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-width": 4,
        "circle-stroke-color": p.care,
      },
    },
    ...draftLayers(p),
    ...measureLayers(p),
    {
      id: "preview",
      type: "circle",
      source: "preview",
      paint: {
        "circle-radius": 7,
        "circle-color": p.route,
        "circle-opacity": 0.35,
        "circle-stroke-width": 2,
        "circle-stroke-color": p.route,
      },
    },
    {
      id: "mark-name",
      type: "symbol",
      source: "mark",
      layout: { ...text, "text-field": ["get", "name"], "text-size": 12, "text-offset": [0, 1.1] },
      paint: label,
    },
  ];
}

const ownSources = [
  "alerts",
  "cover",
  "trails",
  "measure",
  "hospitals",
  "bands",
  "routes",
  "circles",
  "closures",
  "draft",
  "crews",
  "incidents",
  "mark",
  "preview",
] as const;
type OwnSource = (typeof ownSources)[number];
/** What others draw; kept over a change of style. */
type DrawnSource = "alerts" | "bands" | "draft" | "cover" | "trails" | "measure" | "hospitals";

class GlMap implements MapView {
  private readonly engine: PacedMap;
  private readonly hint = el("p", { class: "map-hint", role: "status", hidden: true });
  private readonly cross = el("div", { class: "cross", hidden: true, "aria-hidden": "true" });
  private incident: string | null = null;
  private unit: string | null = null;
  private markPos: LatLon | null = null;
  private markName = "";
  private picking = false;
  private dark: boolean;
  private ready = false;
  private readonly routes: RouteLines;
  private readonly aiming: Aiming;
  private moved: () => void = () => undefined;
  private readonly drawn = new Map<DrawnSource, GeoJSON.FeatureCollection>();

  constructor(
    box: HTMLElement,
    private readonly tools: HTMLElement,
    private info: MapInfo | null,
    private readonly host: MapHost,
  ) {
    this.dark = host.dark();
    this.routes = new RouteLines({
      store: host.store,
      ask: async (from, to) => (await api.route(from, to)).line ?? [],
      now: () => performance.now(),
      draw: (lines) => this.set("routes", lines),
    });
    const frame = el("div", { class: "map-frame" });
    box.replaceChildren(frame, this.hint, this.cross);
    setWorkerUrl(WORKER_URL);
    this.engine = new PacedMap({
      container: frame,
      style: this.style(),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      maxZoom: 20,
      locale: { "Map.Title": t("map.label") },
      ...this.where(),
    });
    this.engine.giveWay(window);
    this.engine.addControl(new AttributionControl({ compact: false }));
    this.engine.addControl(new ScaleControl({ maxWidth: 90 }), "bottom-left");
    this.engine.keyboard.disableRotation();
    this.aiming = new Aiming(this.engine, box, () => this.crossing());
    this.engine.on("style.load", () => this.styled());
    this.engine.on("click", (event) => this.click(event));
    this.engine.on("mousemove", (event) => this.hover(event));
    this.engine.on("dragstart", () => this.moved());
    const canvas = this.engine.getCanvas();
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.crossing());
    canvas.addEventListener("blur", () => this.crossing());
    this.relabel();
  }

  get knows(): boolean {
    return this.info !== null;
  }

  private where(): {
    bounds?: [number, number, number, number];
    center?: [number, number];
    zoom?: number;
  } {
    if (this.info) return { bounds: this.info.bounds };
    const pos = [...this.host.store.units.values()].map(positionOf).find((p) => p !== null);
    return pos ? { center: [pos.lon, pos.lat], zoom: 11 } : { center: [0, 0], zoom: 1 };
  }

  private style(): StyleSpecification {
    const dark = this.dark;
    const base = this.info
      ? mapStyle(dark, location.origin, this.info)
      : plainStyle(dark);
    const empty = { type: "FeatureCollection" as const, features: [] };
    const own = ownSources.map((s) => [s, { type: "geojson" as const, data: empty }]);
    return {
      ...base,
      sources: { ...base.sources, ...Object.fromEntries(own) },
      layers: [...base.layers, ...ownLayers(dark)],
    };
  }

  private styled(): void {
    this.images();
    this.ready = true;
    this.routes.update(null, null); // a new style starts without lines
    this.all();
  }

  private images(): void {
    for (const { name, image } of symbolImages()) {
      if (this.engine.hasImage(name)) this.engine.removeImage(name);
      this.engine.addImage(name, image, { pixelRatio: SYMBOL_RATIO });
    }
  }

  private set(source: OwnSource, data: GeoJSON.FeatureCollection): void {
    this.engine.getSource<GeoJSONSource>(source)?.setData(data);
  }

  private all(): void {
    this.sync(new Set<Topic>(["incidents", "units", "positions", "closures"]));
    this.set("mark", markFeatures(this.markPos, this.markName));
    for (const [source, data] of this.drawn) this.set(source, data);
  }

  sync(topics: ReadonlySet<Topic>): void {
    if (!this.ready) return;
    const { store } = this.host;
    if (topics.has("units") || topics.has("positions")) {
      this.ways();
      this.set("crews", crewFeatures(store.units.values(), this.unit));
    }
    if (topics.has("incidents")) {
      this.set("incidents", incidentFeatures(store.incidents.values(), this.incident));
      this.set("circles", circleFeatures(store.incidents.values()));
    }
    if (topics.has("closures")) {
      this.set("closures", closureFeatures(store.closures.values()));
    }
  }

  select(incident: string | null, unit: string | null): void {
    this.incident = incident;
    this.unit = unit;
    this.ways();
    this.sync(new Set<Topic>(["incidents", "units"]));
  }

  /** The roads of crews under way, where there is a map to know them. */
  private ways(): void {
    if (this.ready && this.info) this.routes.update(this.incident, this.unit);
  }

  goTo(incident: string | null, unit: string | null): void {
    const { store } = this.host;
    const item = incident ? store.incidents.get(incident) : unit ? store.units.get(unit) : null;
    const pos = item ? positionOf(item) : null;
    if (pos) this.fly(pos);
  }

  /** How long a move takes: none where it would not be seen, or not be wanted. */
  private glide(): number {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return still || this.engine.isSlow ? 0 : GLIDE_MS;
  }

  private fly(pos: LatLon): void {
    const zoom = Math.max(this.engine.getZoom(), CLOSE_ZOOM - 1);
    this.engine.easeTo({ center: [pos.lon, pos.lat], zoom, duration: this.glide() });
  }

  mark(pos: LatLon, name: string): void {
    this.setMark(pos, name);
    this.fly(pos);
  }

  private setMark(pos: LatLon | null, name: string): void {
    this.markPos = pos;
    this.markName = name;
    if (this.ready) this.set("mark", markFeatures(pos, name));
  }

  pick(on: boolean, pos: LatLon | null): void {
    const moved = pos && (pos.lat !== this.markPos?.lat || pos.lon !== this.markPos.lon);
    this.picking = on;
    this.hint.hidden = !on || this.aiming.isOn;
    this.crossing();
    this.setMark(pos, "");
    if (moved && !this.isVisible(pos)) this.fly(pos);
  }

  preview(pos: LatLon | null, name: string, byHand: boolean): void {
    if (!this.ready) return;
    this.set("preview", markFeatures(pos, name));
    if (pos && byHand && !this.engine.getBounds().contains([pos.lon, pos.lat])) this.fly(pos);
  }

  aim(aim: Aim | null): void {
    this.aiming.start(aim);
    this.hint.hidden = aim !== null || !this.picking;
  }

  retitle(): void {
    this.aiming.relabel();
  }

  draw(source: DrawnSource, data: GeoJSON.FeatureCollection): void {
    this.drawn.set(source, data);
    if (this.ready) this.set(source, data);
  }

  frame(points: Position[]): void {
    const box = boxOf(points);
    if (!box) return;
    this.engine.fitBounds(box, { padding: FIT_PX, maxZoom: CLOSE_ZOOM + 1, duration: 0 });
  }

  look(closure: Closure): void {
    const options = { padding: FIT_PX, maxZoom: CLOSE_ZOOM + 1, duration: this.glide() };
    this.engine.fitBounds(boundsOf(closure), options);
  }

  pan(pos: LatLon, near: boolean): void {
    const zoom = near ? Math.max(this.engine.getZoom(), CLOSE_ZOOM - 1) : this.engine.getZoom();
    this.engine.easeTo({ center: [pos.lon, pos.lat], zoom, duration: this.glide() });
  }

  onMoved(run: () => void): void {
    this.moved = run;
  }

  private isVisible(pos: LatLon): boolean {
    return this.engine.getZoom() > 12 && this.engine.getBounds().contains([pos.lon, pos.lat]);
  }

  /** The cross in the middle is shown while the map has the focus and a point is wanted. */
  private crossing(): void {
    const wanted = this.picking || this.aiming.isOn;
    this.cross.hidden = !wanted || document.activeElement !== this.engine.getCanvas();
  }

  center(): LatLon {
    const { lat, lng } = this.engine.getCenter();
    return { lat, lon: lng };
  }

  focus(): boolean {
    this.engine.getCanvas().focus();
    this.crossing();
    return true;
  }

  private key(event: KeyboardEvent): void {
    if (event.key.startsWith("Arrow")) this.moved();
    if (this.aiming.key(event)) return;
    if (event.key !== "Enter" || !this.picking) return;
    event.preventDefault();
    this.host.picked(this.center());
  }

  private hits(event: MapMouseEvent): { layer: string; id: string } | null {
    const { x, y } = event.point;
    const box: [[number, number], [number, number]] = [
      [x - HIT_PX, y - HIT_PX],
      [x + HIT_PX, y + HIT_PX],
    ];
    const hit = this.engine.queryRenderedFeatures(box, { layers: clickable })[0];
    return hit ? { layer: hit.layer.id, id: String(hit.properties["id"]) } : null;
  }

  private click(event: MapMouseEvent): void {
    if (this.aiming.click(event)) return;
    if (this.picking) {
      this.host.picked({ lat: event.lngLat.lat, lon: event.lngLat.lng });
      return;
    }
    const hit = this.hits(event);
    if (hit?.layer === "incident") this.host.openIncident(hit.id);
    else if (hit?.layer === "hospital") this.host.openHospital(hit.id);
    else if (hit) this.host.openUnit(hit.id);
  }

  private hover(event: MapMouseEvent): void {
    const wanted = this.picking || this.aiming.isOn;
    const pointer = wanted ? "crosshair" : this.hits(event) ? "pointer" : "";
    this.engine.getCanvas().style.cursor = pointer;
  }

  renew(version: string): void {
    if (!this.info || this.info.version === version) return;
    this.info = { ...this.info, version };
    this.redraw();
  }

  restyle(): void {
    if (this.dark === this.host.dark()) return;
    this.dark = this.host.dark();
    this.redraw();
  }

  private redraw(): void {
    this.ready = false;
    this.engine.setStyle(this.style(), { diff: false });
  }

  private everything(): void {
    if (this.info) this.engine.fitBounds(this.info.bounds, { padding: FIT_PX / 3, duration: 0 });
  }

  relabel(): void {
    setText(this.hint, t("map.pick"));
    this.engine.getCanvas().setAttribute("aria-label", t("map.label"));
    const button = (words: string, sign: string, run: () => void): HTMLElement => {
      const made = el("button", { type: "button", "aria-label": words, title: words }, sign);
      made.addEventListener("click", run);
      return made;
    };
    this.tools.replaceChildren(
      button(t("map.zoomIn"), "+", () => void this.engine.zoomIn()),
      button(t("map.zoomOut"), "−", () => void this.engine.zoomOut()),
      button(t("map.fit"), "⤢", () => this.everything()),
      ...this.host.tools().map(({ words, sign, run }) => button(words, sign, run)),
    );
    this.aiming.relabel();
    if (this.ready) {
      this.images();
      this.all();
    }
  }
}

async function mapInfo(): Promise<MapInfo | null> {
  try {
    return await api.map();
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** Null when this browser cannot draw it; a notice then says so, and the lists carry all. */
export async function openMap(
  box: HTMLElement,
  tools: HTMLElement,
  host: MapHost,
): Promise<MapView | null> {
  if (!hasWebgl2()) {
    box.replaceChildren(el("p", { class: "empty", role: "status" }, t("map.noWebgl")));
    return null;
  }
  const [info] = await Promise.all([mapInfo(), styleComes()]);
  const view = new GlMap(box, tools, info, host);
  if (!info) box.append(el("p", { class: "map-note", role: "status" }, t("map.none")));
  return view;
}
