// The map of the page that looks back: the incidents that were open, and the crews that were on
// scene at them. Where the others were is not known, and they are not drawn.
import { Map as Engine, type GeoJSONSource, setWorkerUrl } from "maplibre-gl";
import { get } from "./api";
import { crewFeatures, incidentFeatures, positionOf } from "./mapdata";
import { SYMBOL_RATIO, symbolImages } from "./mapsymbols";
import type { Past } from "./pastdata";
import { isDark } from "./settings";
import { LABEL_FONT, mapStyle, palette, plainStyle } from "./style";
import type { MapInfo, Unit } from "./types";

declare const WORKER_URL: string;

const ZOOM = 12;
const always = { "icon-allow-overlap": true, "icon-ignore-placement": true } as const;

/** Crews on scene, each where its incident is. */
export function crewsOnScene(past: Past): Unit[] {
  const where = new Map(past.incidents.map((i) => [i.id, positionOf(i)]));
  return past.units.flatMap((unit) => {
    const pos = unit.status === "on-scene" && unit.incident ? where.get(unit.incident) : null;
    return pos ? [{ ...unit, ...pos, position_stale: false, heading_deg: null }] : [];
  });
}

export class PastMap {
  private readonly engine: Engine;
  private ready = false;
  private past: Past | null = null;

  private constructor(box: HTMLElement, info: MapInfo | null, name: string) {
    setWorkerUrl(WORKER_URL);
    const dark = isDark();
    this.engine = new Engine({
      container: box,
      style: info ? mapStyle(dark, location.origin, info) : plainStyle(dark),
      ...(info ? { center: info.center } : {}),
      zoom: ZOOM,
      attributionControl: false,
      dragRotate: false,
      fadeDuration: 0,
    });
    this.engine.getCanvas().setAttribute("aria-label", name);
    this.engine.on("load", () => this.begin(dark));
  }

  static async open(box: HTMLElement, name: string): Promise<PastMap> {
    const info = await get<MapInfo>("/map").catch(() => null);
    return new PastMap(box, info, name);
  }

  private begin(dark: boolean): void {
    const { text, halo } = palette(dark);
    for (const { name, image } of symbolImages()) {
      this.engine.addImage(name, image, { pixelRatio: SYMBOL_RATIO });
    }
    const layer = (source: "crews" | "incidents", icon: string, beside: [number, number]): void => {
      this.engine.addSource(source, { type: "geojson", data: crewFeatures([], null) });
      const property = source === "crews" ? "status" : "priority";
      this.engine.addLayer({
        id: source,
        type: "symbol",
        source,
        layout: {
          "icon-image": ["concat", icon, ["to-string", ["get", property]]],
          "icon-offset": ["literal", beside],
          ...always,
          "text-field": ["get", "id"],
          "text-font": LABEL_FONT,
          "text-size": 11,
          "text-anchor": "top",
          "text-offset": source === "crews" ? [1.6, 2] : [0, 1.2],
          "text-optional": true,
        },
        paint: { "text-color": text, "text-halo-color": halo, "text-halo-width": 1.6 },
      });
    };
    layer("crews", "crew-", [19, 15]);
    layer("incidents", "incident-", [0, 0]);
    this.ready = true;
    if (this.past) this.show(this.past);
  }

  show(past: Past): void {
    this.past = past;
    if (!this.ready) return;
    const set = (name: string, data: GeoJSON.FeatureCollection): unknown =>
      this.engine.getSource<GeoJSONSource>(name)?.setData(data);
    set("incidents", incidentFeatures(past.incidents, past.incident?.id ?? null));
    set("crews", crewFeatures(crewsOnScene(past), null));
    this.engine.getContainer().dataset["seq"] = String(past.seq);
  }

  close(): void {
    this.engine.remove();
  }
}
