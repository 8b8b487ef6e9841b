// Alerts of weather and civil-protection services: what is in force, as a list and on the map, and
// which incidents and crews are inside.
import type { Feature, FeatureCollection, Position } from "geojson";
import { type TemplateResult, html, nothing, render } from "lit";
import { api } from "./api";
import { el, setText } from "./dom";
import type { MapView } from "./map";
import { type Key, language, t, tn, tw } from "./strings";
import { formatMoment } from "./time";
import type { Alert } from "./types";

/** Crews drive in and out of areas: so often it is asked anew while there is an alert. */
const REFRESH_MS = 30_000;
const PACE_MS = 1000;
const CORNERS = 48;
const METRES_A_DEGREE = 111_195;
const severities = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"];

/** A circle as a ring that the map can draw. */
function circleRing(lat: number, lon: number, radius_m: number): Position[] {
  const ring: Position[] = [];
  for (let i = 0; i <= CORNERS; i++) {
    const angle = (2 * Math.PI * i) / CORNERS;
    const north = (radius_m / METRES_A_DEGREE) * Math.sin(angle);
    const stretch = Math.max(Math.cos((lat * Math.PI) / 180), 0.01);
    const east = ((radius_m / METRES_A_DEGREE) * Math.cos(angle)) / stretch;
    ring.push([lon + east, lat + north]);
  }
  return ring;
}

export function alertName(alert: Alert): string {
  return alert.headline || alert.event || alert.id;
}

/** All areas of all alerts that have a place. */
export function alertFeatures(alerts: readonly Alert[]): FeatureCollection {
  const features: Feature[] = [];
  for (const alert of alerts) {
    const rings = (alert.areas ?? []).flatMap((area) => [
      ...area.polygons.map((ring) => ring.map(([lat, lon]): Position => [lon, lat])),
      ...area.circles.map((c) => circleRing(c.lat, c.lon, c.radius_m)),
    ]);
    for (const ring of rings) {
      const properties = { name: alertName(alert), severe: severities.indexOf(alert.severity) < 2 };
      const geometry = { type: "Polygon" as const, coordinates: [ring] };
      features.push({ type: "Feature", properties, geometry });
    }
  }
  return { type: "FeatureCollection", features };
}

/** The gravest first, then what ends last. */
export function alertOrder(a: Alert, b: Alert): number {
  const rank = (x: Alert): number => {
    const at = severities.indexOf(x.severity);
    return at < 0 ? severities.length : at;
  };
  return rank(a) - rank(b) || b.until.localeCompare(a.until) || a.id.localeCompare(b.id);
}

export interface AlertHost {
  map: () => MapView | null;
  show: (region: "map") => void;
  say: (text: string, kind: "bad") => void;
  openIncident: (id: string) => void;
  openUnit: (id: string) => void;
}

export class Alerts {
  private readonly title = el("summary");
  private readonly list = el("div");
  readonly element = el("details", { class: "alerts", hidden: true }, this.title, this.list);
  private all: Alert[] = [];
  private known: Set<string> | null = null;
  private askedAt = -Infinity;
  private asking = false;
  private again = false;

  constructor(private readonly host: AlertHost) {}

  /** Something about alerts changed, or the language. A service sends hundreds in a moment: what
   * comes while one answer is awaited is asked for together, and a little later. */
  async refresh(): Promise<void> {
    this.again = this.asking;
    if (this.asking) return;
    this.asking = true;
    this.askedAt = performance.now();
    try {
      const { alerts } = await api.alerts(language());
      this.take([...alerts].sort(alertOrder));
    } catch {
      // what is shown stays until the next time
    } finally {
      setTimeout(() => {
        this.asking = false;
        if (this.again) void this.refresh();
      }, PACE_MS);
    }
  }

  tick(): void {
    if (this.all.length > 0 && performance.now() - this.askedAt > REFRESH_MS) void this.refresh();
  }

  private take(alerts: Alert[]): void {
    const fresh = alerts.filter((a) => this.known && !this.known.has(a.id));
    for (const a of fresh) this.host.say(t("alerts.new", { name: alertName(a) }), "bad");
    this.known = new Set(alerts.map((a) => a.id));
    this.all = alerts;
    this.draw();
  }

  /** On a map that has just come, too. */
  draw(): void {
    this.element.hidden = this.all.length === 0;
    setText(this.title, tn("alerts.count", this.all.length));
    render(html`<ul>${this.all.map((a) => this.row(a))}</ul>`, this.list);
    this.host.map()?.draw("alerts", alertFeatures(this.all));
  }

  private look(alert: Alert): void {
    const points = alertFeatures([alert]).features.flatMap((f) =>
      f.geometry.type === "Polygon" ? (f.geometry.coordinates[0] ?? []) : [],
    );
    this.host.show("map");
    this.host.map()?.frame(points);
  }

  private inside(alert: Alert): TemplateResult | typeof nothing {
    const link = (id: string, open: (id: string) => void): TemplateResult =>
      html`<button type="button" class="link" @click=${() => open(id)}><bdi>${id}</bdi></button> `;
    const incidents = alert.incidents ?? [];
    const units = alert.units ?? [];
    if (incidents.length + units.length === 0) return nothing;
    return html`<div class="sub">
      ${t("alerts.inside", { names: "" })}
      ${incidents.map((id) => link(id, this.host.openIncident))}
      ${units.map((id) => link(id, this.host.openUnit))}
    </div>`;
  }

  private row(alert: Alert): TemplateResult {
    const name = alertName(alert);
    const time = formatMoment(new Date(alert.until), language());
    const kinds = ["severity", "urgency", "certainty"] as const;
    const words = kinds.map((kind) => tw(kind, alert[kind])).filter((word) => word !== "");
    const areas = (alert.areas ?? []).map((area) => area.desc).join(", ");
    const lost = (alert.areas ?? []).filter((area) => area.placed === "none");
    const names = lost.map((area) => area.desc).join(", ");
    const signer = alert.signed_by ?? "";
    const notes: [boolean, Key][] = [
      [alert.status !== "Actual", "alerts.exercise"],
      [lost.length > 0, "alerts.unplaced"],
      [alert.signature === "unknown-key", "alerts.signed.unknown"],
      [alert.signature === "invalid", "alerts.signed.invalid"],
      [alert.signature === "unsupported", "alerts.signed.unsupported"],
    ];
    return html`<li data-alert=${alert.id}>
      <span class="sign sign-slowed" aria-hidden="true"></span>
      <div>
        <button
          type="button"
          class="link"
          title=${t("alerts.show", { name })}
          @click=${() => this.look(alert)}
        >
          ${name}
        </button>
        <div class="sub">${words.join(" · ")} · ${t("alerts.until", { time })}</div>
        <div class="sub">${areas}</div>
        ${alert.wider_m
          ? html`<div class="sub">${t("alerts.wider", { metres: alert.wider_m })}</div>`
          : nothing}
        ${notes.map(([holds, key]) =>
          holds
            ? html`<div class="tag warn">${t(key, { status: alert.status, names })}</div>`
            : nothing,
        )}
        ${alert.signature === "valid"
          ? html`<div class="sub">${t("alerts.signed.valid", { name: signer })}</div>`
          : nothing}
        ${this.inside(alert)}
      </div>
    </li>`;
  }
}
