// What partner centres have to do with an incident: who offered it to whom, and what they tell.
import { type TemplateResult, html, nothing } from "lit";
import { statusChip } from "./board";
import { may } from "./may";
import { type Key, t, tw } from "./strings";
import type { Incident, Link, Partner } from "./types";

export interface ExchangeActions {
  accept: (partner: string) => void;
  refuse: (partner: string) => void;
}

/** The name that people use for a centre; one that is not in the settings any more has its own. */
export function partnerName(partners: readonly Partner[], partner: string): string {
  return partners.find((p) => p.partner === partner)?.label ?? partner;
}

/** To whom an incident can be offered now: nobody that an offer stands with. */
export function offerable(i: Incident, partners: readonly Partner[]): Partner[] {
  const waits = new Set(
    (i.exchange ?? []).filter((l) => l.transfer === "offered").map((l) => l.partner),
  );
  return partners.filter((p) => !waits.has(p.partner));
}

function answers(link: Link, name: string, actions: ExchangeActions): TemplateResult {
  const key: Key = "exchange.in.offered";
  return html`<div class="alarm-box" role="alert">
    <strong>${t(key, { name })}</strong>
    ${
      may("transfer")
        ? html`<button type="button" @click=${() => actions.accept(link.partner)}>
              ${t("exchange.accept")}
            </button>
            <button type="button" @click=${() => actions.refuse(link.partner)}>
              ${t("exchange.refuse")}
            </button>`
        : nothing
    }
  </div>`;
}

function linkView(link: Link, name: string, actions: ExchangeActions): TemplateResult {
  const waits = link.direction === "in" && link.transfer === "offered";
  const words: Key = `exchange.${link.direction}.${link.transfer}`;
  return html`<li>
    ${waits ? answers(link, name, actions) : html`<span>${t(words, { name })}</span>`}
    ${link.state ? html`<span class="sub">${tw("partnerState", link.state)}</span>` : nothing}
    ${link.units.map(
      (u) => html`<span><bdi class="unit">${u.unit}</bdi> ${statusChip(u.status)}</span>`,
    )}
  </li>`;
}

export function exchangeView(
  i: Incident,
  partners: readonly Partner[],
  actions: ExchangeActions,
): TemplateResult | typeof nothing {
  const links = i.exchange ?? [];
  if (links.length === 0) return nothing;
  return html`<section class="sent" aria-label=${t("exchange.title")}>
    <h3>${t("exchange.title")}</h3>
    <ul>
      ${links.map((link) => linkView(link, partnerName(partners, link.partner), actions))}
    </ul>
  </section>`;
}
