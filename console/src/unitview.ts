// A crew in the panel: what it is, where it is, and the keys to set its status.
import { type TemplateResult, html, nothing } from "lit";
import { statusChip } from "./board";
import { maySetStatus, seesCopy } from "./may";
import { abilities } from "./names";
import type { Store } from "./store";
import { t, tn, tw } from "./strings";
import { type ServerClock, formatTimer } from "./time";
import { type Unit, type UnitStatus, unitStatuses } from "./types";
import type { UnitReports } from "./unitreports";

export interface UnitActions {
  /** Why its position is what it is. */
  reports: UnitReports;
  setStatus: (unit: string, status: UnitStatus) => void;
  openIncident: (id: string) => void;
}

/** "dispatched" is the result of a dispatch, not a status one sets by hand. */
const settable = unitStatuses.filter((s) => s !== "dispatched");

export function unitView(
  unit: Unit,
  store: Store,
  clock: ServerClock,
  actions: UnitActions,
): TemplateResult {
  const station = unit.station ? (store.stations.get(unit.station)?.label ?? unit.station) : null;
  const incident = unit.incident;
  return html`
    <header class="head">
      <h2 tabindex="-1" data-head>
        <bdi>${unit.id}</bdi> <span class="sub">${tw("kind", unit.kind)}</span>
      </h2>
      <p>
        ${statusChip(unit.status)} <span class="num">${formatTimer(clock.age(unit.since))}</span>
      </p>
    </header>
    <p>${abilities(unit.capabilities, " · ")}</p>
    ${station ? html`<p>${t("unit.station", { name: station })}</p>` : nothing}
    ${typeof unit.crew === "number" ? html`<p>${tn("unit.crew", unit.crew)}</p>` : nothing}
    ${unit.hospital ? html`<p>${unit.hospital}</p>` : nothing}
    ${
      incident
        ? html`<p>
            <button type="button" class="link" @click=${() => actions.openIncident(incident)}>
              ${t("unit.on", { id: incident })}
            </button>
          </p>`
        : nothing
    }
    <h3>${t("unit.status")}</h3>
    ${statusesView(unit, actions)} ${actions.reports.view(unit.id)}
  `;
}

function statusesView(unit: Unit, actions: UnitActions): TemplateResult {
  if (!maySetStatus(unit.id)) {
    return html`<p class="hint">${t(seesCopy() ? "copy.reads" : "may.status")}</p>`;
  }
  return html`<div class="statuses">
    ${settable.map(
      (s) =>
        html`<button
          type="button"
          aria-pressed=${String(s === unit.status)}
          @click=${() => actions.setStatus(unit.id, s)}
        >
          ${tw("status", s)}
        </button>`,
    )}
  </div>`;
}
