// What other agencies were asked for, in an incident's panel: until when, and the answer.
import { type TemplateResult, html, nothing } from "lit";
import { may, who } from "./may";
import { abilities } from "./names";
import { language, t } from "./strings";
import { type ServerClock, formatClock, spellDuration } from "./time";
import type { AidRequest, Incident } from "./types";

export interface AidActions {
  withdraw: (request: AidRequest) => void;
}

export const aidWhat = ({ crews, capabilities }: AidRequest): string =>
  t("aid.what", { n: crews, what: abilities(capabilities, " + ") });

/** Until when an answer is awaited, or for how long it is due: by a sign, not by colour alone. */
export function dueView(
  { until }: AidRequest,
  clock: Pick<ServerClock, "now">,
): TemplateResult | typeof nothing {
  if (!until) return nothing;
  const late_s = (clock.now() - Date.parse(until)) / 1000;
  return late_s > 0
    ? html`<span class="tag warn">▲ ${t("aid.overdue", { time: spellDuration(late_s) })}</span>`
    : html`<span class="sub"
        >${t("aid.due", { time: formatClock(new Date(until), language()) })}</span
      >`;
}

/** Only the agency whose incident it is asks, and asks no more. */
function mayAsk({ agency }: Incident): boolean {
  const mine = who()?.agency ?? null;
  return may("aid") && (mine === null || mine === agency);
}

export function aidView(
  i: Incident,
  clock: ServerClock,
  actions: AidActions,
): TemplateResult | typeof nothing {
  const requests = i.aid ?? [];
  if (requests.length === 0) return nothing;
  return html`<section class="sent" aria-label=${t("aid.title")}>
    <h3>${t("aid.title")}</h3>
    <ul>
      ${requests.map((r) => {
        const name = r.agency_label ?? r.agency;
        const stands = r.state === "requested";
        return html`<li data-aid-state=${r.state}>
          <span>${t(`aid.${r.state}`, { name, what: aidWhat(r) })}</span>
          ${stands ? dueView(r, clock) : nothing}
          ${
            stands && mayAsk(i)
              ? html`<button type="button" @click=${() => actions.withdraw(r)}>
                  ${t("aid.withdraw")}
                </button>`
              : nothing
          }
        </li>`;
      })}
    </ul>
  </section>`;
}
