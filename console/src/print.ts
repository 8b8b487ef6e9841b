// Paper: the run sheet of the open incident, or else the whole board, made when the browser prints
// (by our key or its own) and taken away afterwards. Each page says when, in which zone, and who.
import { html, nothing, render } from "lit";
import { isOpen, placeText } from "./board";
import { el } from "./dom";
import { who } from "./may";
import { abilities, typeLabel } from "./names";
import { type Store, compareIncidents, compareUnits } from "./store";
import { language, t, tn, tw } from "./strings";
import { type ServerClock, formatClock, formatMoment, formatTimer, zoneName } from "./time";
import { timelineView } from "./timeline";
import type { Incident, Unit } from "./types";

/** Pages that print themselves while they are open. */
const OWN_PRINT = "dialog.times[open], dialog.past[open]";

export interface PrintHost {
  store: Store;
  clock: ServerClock;
  /** The open incident, with its timeline when it is known. */
  incident: () => Incident | null;
}

/** From now on what is printed is a sheet, not the screen. */
export function startPrint(host: PrintHost): void {
  const paper = el("div", { class: "paper" });
  let title = "";
  addEventListener("beforeprint", () => {
    if (paper.isConnected || !who() || document.querySelector(OWN_PRINT)) return;
    title = document.title;
    const incident = host.incident();
    document.title = incident ? t("print.run", { id: incident.id }) : t("print.board");
    render(incident ? runSheet(incident, host) : boardSheet(host), paper);
    document.body.append(paper);
  });
  addEventListener("afterprint", () => {
    paper.remove();
    document.title = title;
  });
}

/** A table of one row, because only a table's head is printed again on every page. */
function pages(title: string, host: PrintHost, content: unknown): unknown {
  return html`<table class="pages" role="presentation">
    <thead>
      <tr>
        <td>${headView(title, host)}</td>
      </tr>
    </thead>
    <tbody>
      <tr>
        <td>${content}</td>
      </tr>
    </tbody>
  </table>`;
}

function headView(title: string, host: PrintHost): unknown {
  const now = new Date(host.clock.now());
  const time = `${formatMoment(now, language())} ${zoneName(now, language())}`;
  const identity = who();
  const by = `${identity?.account ?? ""} (${tw("role", identity?.role ?? "")})`;
  return html`<header class="paper-head">
    <h1>${title}</h1>
    <p>${t("print.by", { time, by })}</p>
  </header>`;
}

const clockOf = (time: string | null | undefined): string =>
  time ? formatClock(new Date(time), language()) : "–";

const priorityText = (i: Incident): string =>
  i.priority ? t("priority.n", { n: i.priority }) : t("priority.none");

function fact(name: string, value: unknown): unknown {
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`;
}

function runSheet(i: Incident, host: PrintHost): unknown {
  const { store } = host;
  const at = typeof i.lat === "number" ? `${i.lat.toFixed(5)}, ${i.lon?.toFixed(5)}` : "–";
  const title = `${t("print.run", { id: i.id })} · ${typeLabel(store, i.type)}`;
  const content = html`
    <dl class="paper-facts">
      ${fact(t("col.priority"), priorityText(i))} ${fact(t("col.state"), tw("state", i.state))}
      ${fact(t("print.place"), placeText(i))} ${fact(t("print.position"), at)}
      ${fact(t("print.opened"), formatMoment(new Date(i.opened), language()))}
      ${fact(t("print.closed"), i.closed ? formatMoment(new Date(i.closed), language()) : "–")}
    </dl>
    <h2>${t("panel.calls")}</h2>
    ${i.calls.map(
      (c) =>
        html`<p>
          ${clockOf(c.received)} <bdi>${c.number ?? ""}</bdi> <bdi>${c.name ?? ""}</bdi>
          ${c.words ?? ""}
        </p>`,
    )}
    <h2>${t("panel.assigned")}</h2>
    <table>
      <thead>
        <tr>
          <th>${t("col.crew")}</th>
          <th>${t("col.state")}</th>
          <th>${t("print.sent")}</th>
          <th>${t("print.arrived")}</th>
        </tr>
      </thead>
      <tbody>
        ${i.units.map(
          (u) =>
            html`<tr>
              <td><bdi>${u.unit}</bdi></td>
              <td>${tw("status", store.units.get(u.unit)?.status ?? u.status)}</td>
              <td>${clockOf(u.dispatched)}</td>
              <td>${clockOf(u.on_scene)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <h2>${t("panel.timeline")}</h2>
    ${
      i.timeline
        ? timelineView(i.timeline, (type) => typeLabel(store, type))
        : html`<p>${t("print.noTimeline")}</p>`
    }
  `;
  return pages(title, host, content);
}

function boardSheet(host: PrintHost): unknown {
  const { store } = host;
  const incidents = [...store.incidents.values()].filter(isOpen).sort(compareIncidents);
  const units = [...store.units.values()].sort(compareUnits);
  const content = html`
    <h2>${tn("bar.open", incidents.length)}</h2>
    <table>
      <thead>
        <tr>
          <th>${t("col.priority")}</th>
          <th>${t("col.incident")}</th>
          <th>${t("print.place")}</th>
          <th>${t("col.state")}</th>
          <th>${t("col.crew")}</th>
          <th>${t("col.age")}</th>
        </tr>
      </thead>
      <tbody>
        ${incidents.map((i) => incidentRow(i, host))}
      </tbody>
    </table>
    <h2>${t("region.crews")}</h2>
    <table>
      <thead>
        <tr>
          <th>${t("col.crew")}</th>
          <th>${t("col.state")}</th>
          <th>${t("col.since")}</th>
          <th>${t("col.at")}</th>
          <th>${t("col.kind")}</th>
          <th>${t("col.can")}</th>
        </tr>
      </thead>
      <tbody>
        ${units.map((u) => unitRow(u, host))}
      </tbody>
    </table>
    ${closuresView(store)}
  `;
  return pages(t("print.board"), host, content);
}

function incidentRow(i: Incident, { store, clock }: PrintHost): unknown {
  return html`<tr>
    <td>${i.priority ?? "?"}</td>
    <td><bdi>${i.id}</bdi> ${typeLabel(store, i.type)}</td>
    <td>${placeText(i)}</td>
    <td>
      ${tw("state", i.state)}
      ${i.alarm ? html`<strong>! ${tw("alarm", i.alarm)}</strong>` : nothing}
    </td>
    <td>${i.units.map((u) => u.unit).join(" ")}</td>
    <td>${formatTimer(clock.age(i.opened))}</td>
  </tr>`;
}

function unitRow(u: Unit, { clock }: PrintHost): unknown {
  return html`<tr>
    <td><bdi>${u.id}</bdi></td>
    <td>${tw("status", u.status)}</td>
    <td>${formatTimer(clock.age(u.since))}</td>
    <td><bdi>${u.incident ?? u.hospital ?? u.station ?? ""}</bdi></td>
    <td>${tw("kind", u.kind)}</td>
    <td>${abilities(u.capabilities, ", ")}</td>
  </tr>`;
}

function closuresView(store: Store): unknown {
  const closures = [...store.closures.values()].filter((c) => !c.lifted);
  if (closures.length === 0) return nothing;
  return html`<h2>${t("print.closures")}</h2>
    <ul>
      ${closures.map(
        (c) =>
          html`<li>
            <bdi>${c.id}</bdi> ${c.reason ?? ""} ${c.lat.toFixed(5)}, ${c.lon.toFixed(5)}
          </li>`,
      )}
    </ul>`;
}
