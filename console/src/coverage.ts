// Coverage on the map: what share of the demand is within minutes of a free crew, now and if the
// selected crew goes; as cells with their legend, in colours and patterns.
import type { Feature, FeatureCollection } from "geojson";
import { api } from "./api";
import { el, setText } from "./dom";
import { shownKey } from "./keys";
import type { MapView } from "./map";
import { formatPercent } from "./percent";
import { problemText } from "./problems";
import type { Store, Topic } from "./store";
import { t, tn } from "./strings";
import type { Coverage as Answer } from "./types";

/** What is shown may be as old. */
const REFRESH_MS = 10_000;
/** A crew became free or was sent: so long after the last question, at the earliest. */
const PAUSE_MS = 1_500;
const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };
const kinds = ["deep", "single", "lost", "none"] as const;
type Kind = (typeof kinds)[number];

/** The cells as squares: how many crews are in time, and how much is asked for there. */
export function cellFeatures(answer: Answer): FeatureCollection {
  const { lat: height, lon: width } = answer.cell;
  const features = (answer.cells ?? []).map(({ lat, lon, demand, crews, lost }): Feature => {
    const kind: Kind = lost ? "lost" : crews > 1 ? "deep" : crews === 1 ? "single" : "none";
    const ring = [
      [lon, lat],
      [lon + width, lat],
      [lon + width, lat + height],
      [lon, lat + height],
      [lon, lat],
    ];
    return {
      type: "Feature",
      properties: { kind, demand },
      geometry: { type: "Polygon", coordinates: [ring] },
    };
  });
  return { type: "FeatureCollection", features };
}

export interface CoverageHost {
  store: Store;
  map: () => MapView | null;
  selectedUnit: () => string | null;
  now: () => number;
  say: (text: string, kind: "bad") => void;
}

export class Coverage {
  readonly legend = el("section", { class: "legend", hidden: true });
  private readonly title = el("strong", { role: "status" });
  private answer: Answer | null = null;
  private isShown = false;
  private unit: string | null = null;
  private askedAt = -Infinity;
  private asking: AbortController | null = null;

  constructor(private readonly host: CoverageHost) {}

  toggle(): void {
    if (this.isShown) return this.hide();
    this.isShown = true;
    void this.ask();
  }

  hide(): void {
    this.isShown = false;
    this.answer = null;
    this.asking?.abort();
    this.legend.hidden = true;
    this.host.map()?.draw("cover", EMPTY);
  }

  private async ask(): Promise<void> {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    this.askedAt = this.host.now();
    this.unit = this.host.selectedUnit();
    try {
      const answer = await api.coverage(this.unit, asking.signal);
      if (asking.signal.aborted) return;
      this.answer = answer;
      this.host.map()?.draw("cover", cellFeatures(answer));
      this.relabel();
    } catch (error) {
      if (asking.signal.aborted) return;
      this.hide();
      this.host.say(t("cover.failed", { detail: problemText(error) }), "bad");
    }
  }

  /** Crews moved or changed state, roads were closed, or another crew is selected. */
  sync(topics: ReadonlySet<Topic>): void {
    if (!this.isShown) return;
    const age = this.host.now() - this.askedAt;
    const other = this.host.selectedUnit() !== this.unit;
    const turned = topics.has("units") && age > PAUSE_MS;
    const moved = topics.has("positions") && age > REFRESH_MS;
    if (other || turned || moved || topics.has("closures")) void this.ask();
  }

  private ifText(answer: Answer): string {
    if (!answer.if) return "";
    const { unit, free, share } = answer.if;
    return free
      ? t("cover.if", { unit, share: formatPercent(share) })
      : t("cover.ifBusy", { unit });
  }

  private demandText(answer: Answer): string {
    const { incidents, map_percent } = answer.demand;
    if (incidents === 0) return t("cover.demandMap");
    const part =
      map_percent > 0 ? t("cover.mapPart", { share: formatPercent(map_percent / 100) }) : "";
    return `${tn("cover.demand", incidents)} ${part}`.trim();
  }

  relabel(): void {
    const { answer } = this;
    if (!this.isShown || !answer) return;
    this.legend.hidden = false;
    this.legend.setAttribute("aria-label", t("key.coverage"));
    const share = formatPercent(answer.share);
    const goes = this.ifText(answer);
    const said = t("cover.title", { share, n: answer.minutes });
    setText(this.title, goes === "" ? said : `${said}. ${goes}`);
    const unit = answer.if?.unit ?? "";
    const shown = kinds.filter((kind) => kind !== "lost" || answer.if?.free);
    const words = t("cover.hide");
    const hide = el(
      "button",
      { type: "button", class: "quiet", title: words },
      el("span", { "aria-hidden": "true" }, "×"),
      el("span", { class: "sr" }, words),
      el("kbd", {}, shownKey("coverage")),
    );
    hide.addEventListener("click", () => this.hide());
    this.legend.replaceChildren(
      el("div", { class: "legend-head" }, this.title, hide),
      el(
        "ul",
        {},
        ...shown.map((kind) =>
          el(
            "li",
            {},
            el("span", { class: `cover cover-${kind}`, "aria-hidden": "true" }),
            t(`cover.${kind}`, { unit }),
          ),
        ),
      ),
      el("p", { class: "hint" }, this.demandText(answer)),
      ...(answer.unplaced > 0
        ? [el("p", { class: "hint" }, tn("cover.unplaced", answer.unplaced))]
        : []),
    );
  }
}
