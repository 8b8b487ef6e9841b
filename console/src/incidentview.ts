// An incident in the panel: what, where, who called, who was sent, and the keys to act on it.
import { type TemplateResult, html, nothing } from "lit";
import { type AidActions, aidView } from "./aidview";
import { isOpen, placeText, priorityMark, stateChip, statusChip } from "./board";
import { crashView, readCrashes } from "./crash";
import { type ExchangeActions, exchangeView } from "./exchange";
import { type Command, shownKey } from "./keys";
import { levelOf } from "./levels";
import { may, mayRun, mayShare, seesCopy, who } from "./may";
import { typeLabel } from "./names";
import type { Store } from "./store";
import { type Key, language, t, tn, tw } from "./strings";
import {
  type ServerClock,
  formatClock,
  formatDistance,
  formatMoment,
  formatTimer,
  spellDuration,
} from "./time";
import type { Call, Duplicate, Incident, Slot } from "./types";
import { type WhereIs, circleOf } from "./whereis";

/** What is done with the record of an incident rather than with the incident. */
export type RecordAct = "transfer" | "share" | "hold" | "lift" | "export" | "erase";

export interface IncidentActions extends ExchangeActions, AidActions {
  run: (command: Command) => void;
  release: (unit: string) => void;
  openIncident: (id: string) => void;
  openUnit: (id: string) => void;
  mergeInto: (id: string) => void;
  record: (act: RecordAct) => void;
  unshare: (agency: string) => void;
}

export interface IncidentContext {
  store: Store;
  clock: ServerClock;
  actions: IncidentActions;
  duplicates: Duplicate[];
  where: WhereIs;
}

function actButton(command: Command, label: Key, ctx: IncidentContext): TemplateResult {
  return html`<button type="button" @click=${() => ctx.actions.run(command)}>
    ${t(label)} <kbd>${shownKey(command)}</kbd>
  </button>`;
}

function actsView(i: Incident, ctx: IncidentContext): TemplateResult {
  const offered: [Command, Key][] = isOpen(i)
    ? [
        ["edit", "act.edit"],
        ["recommend", "act.recommend"],
        ["note", "act.note"],
        ["close", "act.close"],
        ["merge", "act.merge"],
        ["level", "act.level"],
      ]
    : [
        ["reopen", "act.reopen"],
        ["note", "act.note"],
      ];
  const acts = offered.filter(([command]) => mayRun(command) && !i.erased);
  const records = recordActs(i, ctx);
  const role = tw("role", who()?.role ?? "");
  return html`${
    acts.length > 0
      ? html`<div class="acts">${acts.map(([c, label]) => actButton(c, label, ctx))}</div>`
      : i.erased
        ? nothing
        : html`<p class="hint">${seesCopy() ? t("copy.reads") : t("may.reads", { role })}</p>`
  }
  ${
    records.length > 0
      ? html`<div class="acts">
          ${records.map(
            (act) =>
              html`<button type="button" @click=${() => ctx.actions.record(act)}>
                ${t(`act.${act}`)}
              </button>`,
          )}
        </div>`
      : nothing
  }`;
}

/** Only what can be done now: nothing that is held is erased, and only what is closed. */
function recordActs(i: Incident, ctx: IncidentContext): RecordAct[] {
  const acts: RecordAct[] = [];
  const centres = ctx.store.partners.length > 0;
  if (centres && may("transfer") && isOpen(i) && !i.erased) acts.push("transfer");
  if (mayShare(i) && !i.erased) acts.push("share");
  if (may("hold") && !i.erased) acts.push(i.held ? "lift" : "hold");
  if (may("export")) acts.push("export");
  if (may("erase") && !isOpen(i) && !i.held && !i.erased) acts.push("erase");
  return acts;
}

/** Whose it is, who else sees it, and whether it is held. */
function badgesView(i: Incident, ctx: IncidentContext): TemplateResult | typeof nothing {
  const shared = i.shared ?? [];
  if (!i.agency && shared.length === 0 && !i.held) return nothing;
  const name = (id: string): string => ctx.store.agencyName(id);
  return html`<p class="badges">
    ${i.held ? html`<span class="tag warn">${t("hold.held")}</span>` : nothing}
    ${
      i.agency
        ? html`<span class="tag">${t("share.owner", { name: name(i.agency) })}</span>`
        : nothing
    }
    ${shared.map((id) => {
      const stop = t("share.stop", { name: name(id) });
      return html`<span class="tag">
        ${t("share.alsoWith", { name: name(id) })}
        ${
          mayShare(i)
            ? html`<button
                type="button"
                class="quiet"
                aria-label=${stop}
                title=${stop}
                @click=${() => ctx.actions.unshare(id)}
              >
                ×
              </button>`
            : nothing
        }
      </span>`;
    })}
  </p>`;
}

function erasedView(i: Incident): TemplateResult | typeof nothing {
  if (!i.erased) return nothing;
  const time = formatMoment(new Date(i.erased), language());
  return html`<p class="ask erased">${t("erase.done", { time })}</p>`;
}

function callView(call: Call): TemplateResult {
  const who = [call.number, call.name].filter((s): s is string => Boolean(s));
  const { crashes, rest } = readCrashes(call.words ?? "");
  return html`<li>
    <time datetime=${call.received}>${formatClock(new Date(call.received), language())}</time>
    ${who.map((w) => html`<bdi class="caller">${w}</bdi> `)}
    ${rest ? html`<span class="said">${rest}</span>` : nothing} ${crashes.map(crashView)}
    ${call.source ? html`<span class="tag">${tw("source", call.source)}</span>` : nothing}
    ${call.state === "open" ? nothing : html`<span class="tag">${tw("phone", call.state)}</span>`}
  </li>`;
}

/** What is still to wait, or since when the crew is there. */
function arrivalText(slot: Slot, clock: ServerClock): string {
  if (slot.on_scene) {
    return t("panel.arrived", { time: formatClock(new Date(slot.on_scene), language()) });
  }
  if (typeof slot.eta_s !== "number") return "";
  const left = slot.eta_s - clock.age(slot.dispatched);
  return t("panel.eta", { time: spellDuration(left) });
}

function slotView(slot: Slot, ctx: IncidentContext): TemplateResult {
  const status = ctx.store.units.get(slot.unit)?.status ?? slot.status;
  return html`<li>
    <button type="button" class="link" @click=${() => ctx.actions.openUnit(slot.unit)}>
      <bdi class="unit">${slot.unit}</bdi>
    </button>
    ${statusChip(status)}
    <span class="num sub">${arrivalText(slot, ctx.clock)}</span>
    ${
      may("release")
        ? html`<button
            type="button"
            class="quiet"
            aria-label=${t("panel.release", { unit: slot.unit })}
            title=${t("panel.release", { unit: slot.unit })}
            @click=${() => ctx.actions.release(slot.unit)}
          >
            ×
          </button>`
        : nothing
    }
  </li>`;
}

function alarmView(i: Incident, ctx: IncidentContext): TemplateResult | typeof nothing {
  if (!i.alarm) return nothing;
  const alarm = tw("alarm", i.alarm);
  const words = i.alarm_unit
    ? t("panel.alarmUnit", { alarm, unit: i.alarm_unit })
    : t("panel.alarm", { alarm });
  return html`<div class="alarm-box" role="alert">
    <strong>${words}</strong>
    ${mayRun("acknowledge") ? actButton("acknowledge", "act.acknowledge", ctx) : nothing}
  </div>`;
}

function duplicatesView(ctx: IncidentContext): TemplateResult | typeof nothing {
  if (ctx.duplicates.length === 0) return nothing;
  return html`<section class="dups" aria-label=${t("dup.title")}>
    <h3>${t("dup.title")}</h3>
    <ul>
      ${ctx.duplicates.map((d) => {
        const other = ctx.store.incidents.get(d.incident);
        const far = t("dup.row", {
          distance: formatDistance(d.distance_m, language()),
          age: spellDuration(d.age_s),
        });
        return html`<li>
          <button type="button" class="link" @click=${() => ctx.actions.openIncident(d.incident)}>
            <bdi>${d.incident}</bdi>
          </button>
          ${other ? typeLabel(ctx.store, other.type) : ""} <span class="sub">${far}</span>
          ${
            may("merge")
              ? html`<button type="button" @click=${() => ctx.actions.mergeInto(d.incident)}>
                  ${t("act.merge")}
                </button>`
              : nothing
          }
        </li>`;
      })}
    </ul>
  </section>`;
}

function headView(i: Incident, ctx: IncidentContext): TemplateResult {
  const radius =
    typeof i.radius_m === "number" && i.radius_m > 0
      ? t("place.circle", { distance: formatDistance(i.radius_m, language()) })
      : "";
  const times = t("panel.opened", {
    time: formatClock(new Date(i.opened), language()),
    age: formatTimer(ctx.clock.age(i.opened)),
  });
  return html`<header class="head">
    <h2 tabindex="-1" data-head>
      ${priorityMark(i.priority)} <bdi>${i.id}</bdi> ${typeLabel(ctx.store, i.type)}
    </h2>
    <p class="place">${placeText(i)} <span class="sub">${radius}</span></p>
    ${
      levelOf(i) > 1
        ? html`<p><span class="tag warn">${t("level.n", { n: levelOf(i) })}</span></p>`
        : nothing
    }
    <p>${stateChip(i)} <span class="sub num">${times}</span></p>
    ${
      i.into
        ? html`<p>
            <button
              type="button"
              class="link"
              @click=${() => ctx.actions.openIncident(i.into ?? "")}
            >
              ${t("panel.into", { id: i.into })}
            </button>
          </p>`
        : nothing
    }
    ${
      i.outcome
        ? html`<p>${t("panel.outcome", { outcome: tw("outcome", i.outcome) })}</p>`
        : nothing
    }
    ${i.reopened ? html`<p class="sub">${tn("panel.reopened", i.reopened)}</p>` : nothing}
  </header>`;
}

export function incidentView(i: Incident, ctx: IncidentContext): TemplateResult {
  return html`
    ${headView(i, ctx)} ${badgesView(i, ctx)} ${erasedView(i)} ${alarmView(i, ctx)}
    ${actsView(i, ctx)} ${duplicatesView(ctx)}
    ${exchangeView(i, ctx.store.partners, ctx.actions)} ${aidView(i, ctx.clock, ctx.actions)}
    ${isOpen(i) && may("recommend") ? ctx.where.view(circleOf(i)) : nothing}
    ${
      i.calls.length > 0
        ? html`<section class="calls" aria-label=${t("panel.calls")}>
            <ul>
              ${i.calls.map(callView)}
            </ul>
          </section>`
        : nothing
    }
    <section class="sent" aria-label=${t("panel.assigned")}>
      <h3>${t("panel.assigned")}</h3>
      ${
        i.units.length === 0
          ? html`<p class="hint">${t("panel.noneSent")}</p>`
          : html`<ul>
              ${i.units.map((u) => slotView(u, ctx))}
            </ul>`
      }
    </section>
  `;
}
