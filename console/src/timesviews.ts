// How response times are drawn: the tables, the chart by hour, the limits with their sources.
import { type TemplateResult, html, nothing, svg } from "lit";
import { direction, language, t, tw } from "./strings";
import { formatMoment, localeOf } from "./time";
import {
  type Chart,
  type CrewHours,
  type Group,
  type Grouping,
  type Limit,
  type Phase,
  type PhaseStat,
  type Statistics,
  chartOf,
  isMet,
  ordered,
  spellSeconds,
  spellShare,
  statOf,
} from "./timesdata";

const LABEL_EVERY_H = 3;
const LABELS_HEIGHT = 18;
const MARGIN = 44;

export function number(n: number): string {
  return new Intl.NumberFormat(localeOf(language())).format(n);
}

const phaseName = (phase: string): string => tw("phase", phase);
const hourName = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;

/** "NFPA 1225 (2022)", or that it is one's own. */
function limitName(limit: Limit): string {
  if (limit.standard === null) return t("times.ownName");
  return `${limit.standard} (${limit.edition ?? t("times.noEdition")})`;
}

function shareView(limit: Limit, n: number, of: number): TemplateResult {
  const share = spellShare(n, of, language());
  const name = limitName(limit);
  const met = isMet(limit, n, of);
  const target = spellShare(limit.target_pct ?? 0, 100, language());
  return html`<li>
    <bdi>${t("times.share", { share, limit: spellSeconds(limit.limit_s), name })}</bdi>
    ${
      met === null
        ? nothing
        : html`<span class=${met ? "good" : "bad"}>
            <span aria-hidden="true">${met ? "✓" : "✗"}</span>
            ${t("times.target", { target })}: ${t(met ? "times.met" : "times.missed")}
          </span>`
    }
  </li>`;
}

function withinView(stat: PhaseStat, limits: readonly Limit[]): TemplateResult | typeof nothing {
  if (stat.n === 0 || stat.within.length === 0) return nothing;
  const rows = stat.within.flatMap((w) => {
    const limit = limits[w.limit];
    return limit ? [shareView(limit, w.n, stat.n)] : [];
  });
  return html`<ul class="shares">${rows}</ul>`;
}

function statCells(stat: PhaseStat, limits: readonly Limit[]): TemplateResult {
  const left = stat.left_out > 0 ? t("times.leftOut", { n: number(stat.left_out) }) : "";
  return html`<td class="num">
      ${number(stat.n)}${left === "" ? nothing : html` <small>(${left})</small>`}
    </td>
    ${[stat.p50_s, stat.p90_s, stat.p99_s].map(
      (s) => html`<td class="num">${spellSeconds(s)}</td>`,
    )}
    <td>${withinView(stat, limits)}</td>`;
}

const statHeads = (): TemplateResult =>
  html`<th scope="col" class="num">${t("times.n")}</th>
    <th scope="col" class="num">P50</th>
    <th scope="col" class="num">P90</th>
    <th scope="col" class="num">P99</th>
    <th scope="col">${t("times.within")}</th>`;

/** A table that scrolls by itself, named by the heading with this id. */
function tableView(
  titled: string,
  kind: string,
  head: TemplateResult,
  rows: unknown,
): TemplateResult {
  return html`<div class="scroll" role="group" tabindex="0" aria-labelledby=${titled}>
    <table class="times-table ${kind}">
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

export function phasesView(s: Statistics): TemplateResult {
  const rows = (s.all[0]?.phases ?? []).map(
    (stat) =>
      html`<tr data-phase=${stat.phase}>
        <th scope="row">${phaseName(stat.phase)}</th>
        ${statCells(stat, s.limits)}
      </tr>`,
  );
  const head = html`<th scope="col">${t("times.phase")}</th>
    ${statHeads()}`;
  return html`<h3 id="times-phases">${t("times.phases")}</h3>
    ${tableView("times-phases", "phases", head, rows)}`;
}

// By type, priority or hour

function keyName(by: Grouping, group: Group, typeName: (type: string) => string): string {
  if (group.key === null) return t("times.notSet");
  if (by === "hour") return hourName(Number(group.key));
  return by === "type" ? typeName(String(group.key)) : String(group.key);
}

export function groupsView(
  s: Statistics,
  by: Grouping,
  phase: Phase,
  typeName: (type: string) => string,
): TemplateResult {
  const name = (group: Group): string => keyName(by, group, typeName);
  const rows = ordered(s[by], name).map((group) => {
    const stat = statOf(group, phase);
    return html`<tr data-key=${String(group.key)}>
      <th scope="row"><bdi>${name(group)}</bdi></th>
      <td class="num">${number(group.incidents)}</td>
      ${stat ? statCells(stat, s.limits) : nothing}
    </tr>`;
  });
  const head = html`<th scope="col">${t(`times.by.${by}`)}</th>
    <th scope="col" class="num">${t("times.incidents")}</th>
    ${statHeads()}`;
  return html`${by === "hour" ? chartView(s, phase) : nothing}
  ${tableView("times-groups", "groups", head, rows)}`;
}

// The chart

function chartView(s: Statistics, phase: Phase): TemplateResult {
  const limit = s.limits.find((l) => l.phase === phase)?.limit_s ?? null;
  const isMirrored = direction() === "rtl";
  const chart = chartOf(s.hour, phase, limit, isMirrored);
  const height = chart.height + LABELS_HEIGHT;
  const start = isMirrored ? 0 : -MARGIN;
  return html`<div class="scroll" role="group" tabindex="0" aria-labelledby="times-groups">
    <svg
      class="times-chart"
      role="img"
      viewBox="${start} 0 ${chart.width + MARGIN} ${height}"
      aria-label=${t("times.chart", { phase: phaseName(phase) })}
    >
      ${linesView(chart, isMirrored)} ${barsView(chart)} ${hoursView(chart, isMirrored)}
      ${chart.limitY === null ? nothing : limitLine(chart.width, chart.limitY)}
    </svg>
  </div>`;
}

const limitLine = (width: number, y: number): unknown =>
  svg`<line class="limit" x1="0" x2=${width} y1=${y} y2=${y} />`;

function linesView(chart: Chart, isMirrored: boolean): unknown {
  return chart.lines.map(
    ({ y, seconds }) => svg`<line class="rule" x1="0" x2=${chart.width} y1=${y} y2=${y} />
      <text x=${isMirrored ? chart.width + MARGIN - 2 : -6} y=${y + 4} text-anchor="end"
        direction="ltr">${spellSeconds(seconds)}</text>`,
  );
}

function barsView(chart: Chart): unknown {
  return chart.bars.map(
    (bar) => svg`<rect class="bar" data-hour=${bar.hour} x=${bar.x} y=${bar.y}
        width=${bar.width} height=${bar.height} />
      <line class="middle" x1=${bar.x} x2=${bar.x + bar.width}
        y1=${bar.middle} y2=${bar.middle} />`,
  );
}

function hoursView(chart: Chart, isMirrored: boolean): unknown {
  const slot = chart.width / 24;
  const hours = Array.from({ length: 24 / LABEL_EVERY_H }, (_, i) => i * LABEL_EVERY_H);
  return hours.map((hour) => {
    const middle = (hour + 0.5) * slot;
    return svg`<text x=${isMirrored ? chart.width - middle : middle} y=${chart.height + 14}
      text-anchor="middle" direction="ltr">${hourName(hour)}</text>`;
  });
}

// Now

export function overdueView(s: Statistics): TemplateResult {
  const rows = s.overdue.map(
    (row) =>
      html`<tr>
        <th scope="row"><bdi>${row.incident}</bdi></th>
        <td>${phaseName(row.phase)}</td>
        <td><bdi>${row.unit ?? ""}</bdi></td>
        <td class="num">${spellSeconds(row.for_s)}</td>
        <td class="num">${spellSeconds(row.limit_s)}</td>
      </tr>`,
  );
  const rest = s.overdue_count - s.overdue.length;
  const head = html`<th scope="col">${t("col.incident")}</th>
    <th scope="col">${t("times.phase")}</th>
    <th scope="col">${t("col.crew")}</th>
    <th scope="col" class="num">${t("times.for")}</th>
    <th scope="col" class="num">${t("times.limit")}</th>`;
  return html`<h3 id="times-overdue">${t("times.overdue")} (${number(s.overdue_count)})</h3>
    <p class="hint">${t("times.asOf", { time: formatMoment(new Date(s.now), language()) })}</p>
    ${
      rows.length === 0
        ? html`<p>${t("times.overdueNone")}</p>`
        : tableView("times-overdue", "overdue", head, rows)
    }
    ${rest > 0 ? html`<p class="hint">${t("times.more", { n: number(rest) })}</p>` : nothing}`;
}

export function loadView(s: Statistics): TemplateResult {
  const list = (prefix: string, counts: Record<string, number>): TemplateResult[] =>
    Object.entries(counts).map(
      ([name, n]) =>
        html`<div>
          <dt>${tw(prefix, name)}</dt>
          <dd>${number(n)}</dd>
        </div>`,
    );
  const { load } = s;
  const fact = (key: string, name: string, value: string): TemplateResult =>
    html`<div data-fact=${key}>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  const priorities = load.priorities.flatMap((n, at) =>
    at === 0 && n === 0
      ? []
      : fact(`priority-${at}`, at ? t("priority.n", { n: at }) : t("priority.none"), number(n)),
  );
  return html`<h3>${t("times.load")}</h3>
    <dl class="facts load">
      ${fact("calls", t("times.calls"), number(load.calls_waiting))}
      ${fact("alone", t("times.alone"), number(load.alone))}
      ${fact("oldest", t("times.oldest"), spellSeconds(load.alone_longest_s))}
      ${fact("free", t("times.free"), number(load.free))}
    </dl>
    <h4>${t("times.by.priority")}</h4>
    <dl class="facts load">${priorities}</dl>
    <h4>${t("times.incidents")}</h4>
    <dl class="facts load">${list("state", s.load.incidents)}</dl>
    <h4>${t("region.crews")}</h4>
    <dl class="facts load">${list("status", s.load.units)}</dl>`;
}

/** `hours` is null while they are not there, or where the days are too many. */
export function crewsView(s: Statistics, hours: readonly CrewHours[] | null): TemplateResult {
  const of = new Map(hours?.map((h) => [h.unit, h]));
  const cell = (unit: string, name: "on_duty_s" | "busy_s" | "at_hospital_s"): TemplateResult =>
    html`<td class="num" data-hours=${name}>${spellSeconds(of.get(unit)?.[name] ?? null)}</td>`;
  const rows = s.crews.map(
    (crew) =>
      html`<tr data-unit=${crew.unit}>
        <th scope="row"><bdi>${crew.unit}</bdi></th>
        <td>${tw("status", crew.status)}</td>
        <td class="num">${number(crew.runs)}</td>
        <td class="num">${spellSeconds(crew.committed_s)}</td>
        <td class="num">${spellSeconds(crew.on_scene_s)}</td>
        ${cell(crew.unit, "on_duty_s")} ${cell(crew.unit, "busy_s")}
        ${cell(crew.unit, "at_hospital_s")}
      </tr>`,
  );
  const head = html`<th scope="col">${t("col.crew")}</th>
    <th scope="col">${t("col.state")}</th>
    <th scope="col" class="num">${t("times.runs")}</th>
    <th scope="col" class="num">${t("times.committed")}</th>
    <th scope="col" class="num">${t("times.onScene")}</th>
    <th scope="col" class="num">${t("times.duty")}</th>
    <th scope="col" class="num">${t("times.busy")}</th>
    <th scope="col" class="num">${t("times.hospital")}</th>`;
  return html`<h3 id="times-crews">${t("times.crews")}</h3>
    <p class="hint">${t("times.hours")}</p>
    ${tableView("times-crews", "crews", head, rows)}`;
}

export function limitsView(s: Statistics): TemplateResult {
  const rows = s.limits.map((limit) => {
    const target = spellShare(limit.target_pct ?? 0, 100, language());
    return html`<tr>
      <th scope="row"><bdi>${limitName(limit)}</bdi></th>
      <td>${phaseName(limit.phase)}</td>
      <td class="num">${spellSeconds(limit.limit_s)}</td>
      <td class="num">${limit.target_pct === null ? "–" : target}</td>
      <td>${tw("basis", limit.basis)}${limit.measured ? "" : ` (${t("times.notMeasured")})`}</td>
    </tr>`;
  });
  const head = html`<th scope="col">${t("times.standard")}</th>
    <th scope="col">${t("times.phase")}</th>
    <th scope="col" class="num">${t("times.limit")}</th>
    <th scope="col" class="num">${t("times.goal")}</th>
    <th scope="col">${t("times.source")}</th>`;
  return html`<h3 id="times-limits">${t("times.limits")}</h3>
    ${tableView("times-limits", "limits", head, rows)}
    <h3>${t("times.unknown")}</h3>
    <ul>
      ${s.not_known.map((what) => html`<li>${tw("unknown", what)}</li>`)}
    </ul>`;
}
