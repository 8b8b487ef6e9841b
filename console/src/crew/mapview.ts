// The map's place on the crew page: a button with its size, a word of warning on a slow line, and
// nothing of it fetched before somebody asks.
import { type TemplateResult, html, nothing } from "lit/html.js";
import { get } from "../api";
import { Problem } from "../problem";
import type { Closure, MapInfo } from "../types";
import type { CrewMap, Shown } from "./map";
import { t } from "./words";

declare const MAP_URL: string;
declare const MAP_FILES: readonly string[];
/** Of all these files, as they go over the wire. */
declare const MAP_KB: number;

export const MAP_CACHE = "amparo-crew-map";
const LISTED = 20;

type State = "closed" | "slow" | "coming" | "open" | "none" | "failed";

interface Line {
  saveData?: boolean;
  effectiveType?: string;
}

/** As the browser sees it; one that does not say is not called slow. */
export function isSlow(line: Line | undefined): boolean {
  return line?.saveData === true || /^(slow-2g|2g|3g)$/.test(line?.effectiveType ?? "");
}

async function mapInfo(): Promise<MapInfo | null> {
  try {
    return await get<MapInfo>("/map");
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** Without a line what was known before will do: the way on a plain ground is better than none. */
const unlessAway =
  <T>(known: T) =>
  (error: unknown): T => {
    if (error instanceof Problem && error.status === 0) return known;
    throw error;
  };

export class MapPart {
  private state: State = "closed";
  private info: MapInfo | null = null;
  private map: CrewMap | null = null;
  private closures: Closure[] = [];
  private isKept = false;
  private shown: Shown | null = null;

  constructor(private readonly host: { dark: () => boolean; changed: () => void }) {
    if ("caches" in globalThis) {
      void caches.match(MAP_URL).then((found) => (this.isKept = found !== undefined));
    }
  }

  close(): void {
    this.map?.close();
    this.map = null;
    this.state = "closed";
  }

  /** What was pressed goes away with its state: the focus stays on what comes instead. */
  private enter(state: State): void {
    const isHere = Boolean(document.activeElement?.closest(".map"));
    this.state = state;
    this.host.changed();
    const isLost = document.activeElement === document.body;
    if (isHere && isLost) document.querySelector<HTMLElement>(".map button")?.focus();
  }

  private shut(): void {
    this.close();
    this.enter("closed");
  }

  private ask(): void {
    const { connection } = navigator as { connection?: Line };
    if (isSlow(connection) && !this.isKept) return this.enter("slow");
    void this.open();
  }

  private async open(): Promise<void> {
    this.enter("coming");
    try {
      const [{ CrewMap: Made }, info, { closures }] = await Promise.all([
        import(MAP_URL) as Promise<typeof import("./map")>,
        mapInfo().catch(unlessAway(this.info)),
        get<{ closures: Closure[] }>("/closures?roads=1").catch(
          unlessAway({ closures: this.closures }),
        ),
      ]);
      const box = document.getElementById("map-box");
      if (this.state !== "coming" || !box) return;
      this.closures = closures.filter((c) => !c.lifted);
      this.info = info;
      const map = await Made.open(box, info, this.host.dark(), t("mapTitle"));
      if (this.state !== "coming") return map?.close();
      this.map = map;
      this.enter(map ? "open" : "none");
      void this.keep();
    } catch {
      if (this.state === "coming") this.enter("failed");
    }
  }

  /** From now on it opens without a line, too. */
  private async keep(): Promise<void> {
    if (this.isKept || !("caches" in globalThis)) return;
    try {
      await (await caches.open(MAP_CACHE)).addAll([...MAP_FILES]);
      this.isKept = true;
    } catch {
      // full: the next time it is fetched again
    }
  }

  /** What the page draws; the map itself is the engine's. */
  view(shown: Omit<Shown, "closures">): TemplateResult {
    const { state } = this;
    const on = state === "coming" || state === "open";
    this.shown = { ...shown, closures: this.closures };
    if (this.map) {
      this.map.restyle(this.host.dark());
      this.map.show(this.shown);
    }
    const size = this.isKept ? t("map") : t("mapSized", { n: MAP_KB });
    return html`<div class="map">
      ${
        on
          ? html`<div id="map-box" class="map-box" data-open=${state === "open"}></div>
              ${state === "open" ? this.toolsView() : html`<p role="status">${t("mapComes")}</p>`}
              <button @click=${() => this.shut()}>${t("mapClose")}</button>`
          : state === "slow"
            ? html`<p role="alert">${t("mapSlow", { n: MAP_KB })}</p>
                <button @click=${() => void this.open()}>${t("mapLoad")}</button>
                <button @click=${() => this.enter("closed")}>${t("notNow")}</button>`
            : html`<button @click=${() => this.ask()}>${size}</button>`
      }
      <p class="problem" role="status">
        ${state === "none" ? t("mapNone") : state === "failed" ? t("unreached") : ""}
      </p>
    </div>`;
  }

  private toolsView(): TemplateResult {
    const tool = (words: string, sign: string, run: () => void): TemplateResult =>
      html`<button aria-label=${words} title=${words} @click=${run}>${sign}</button>`;
    const closures = this.closures.slice(0, LISTED);
    return html`<div class="tools" role="group" aria-label=${t("map")}>
        ${tool(t("zoomIn"), "+", () => this.map?.zoom(1))}
        ${tool(t("zoomOut"), "−", () => this.map?.zoom(-1))}
        ${tool(t("mapFit"), "⤢", () => this.map?.fit())}
      </div>
      ${
        closures.length > 0
          ? html`<h3>${t("closures")}</h3>
              <ul class="closures">
                ${closures.map(
                  (c) =>
                    html`<li>
                      ${t(c.time_percent > 0 ? "slowed" : "closed")}${
                        c.reason ? html`: ${c.reason}` : nothing
                      }
                    </li>`,
                )}
              </ul>`
          : nothing
      }`;
  }
}

/** For the navigation that the phone has: Apple's know their own scheme, all others RFC 5870. */
export function navigationLink(place: { lat: number; lon: number }, agent: string): string {
  const at = `${place.lat.toFixed(6)},${place.lon.toFixed(6)}`;
  return /iPhone|iPad|iPod/.test(agent) ? `maps:?daddr=${at}` : `geo:${at}?q=${at}`;
}
