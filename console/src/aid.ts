// Requests of other agencies that wait for this desk: a list, with keys to agree or refuse.
// It comes only where there are agreements. Of the incident no more is known than the request.
import { type TemplateResult, html, nothing, render } from "lit";
import { aidWhat, dueView } from "./aidview";
import { api } from "./api";
import { placeText, priorityMark } from "./board";
import { el, setText } from "./dom";
import { may, who } from "./may";
import { typeLabel } from "./names";
import { readProblemText } from "./problems";
import type { Store } from "./store";
import { t, tn } from "./strings";
import type { ServerClock } from "./time";
import type { AidAsked, AidList, Change } from "./types";

export interface AidHost {
  store: Store;
  clock: ServerClock;
  say: (text: string, kind: "good" | "bad") => void;
  openIncident: (id: string) => void;
  /** Where it is, on the map. */
  look: (pos: { lat: number; lon: number }, name: string) => void;
}

const keyOf = (r: AidAsked): string => `${r.incident} ${r.agency} ${r.capabilities.join(" ")}`;

/** Whether this desk answers it: the one of the agency that is asked, or the whole service's. */
function isOurs(r: AidAsked): boolean {
  const mine = who()?.agency ?? null;
  return mine === null || r.agency === mine;
}

export class AidDesk {
  private readonly title = el("summary");
  private readonly list = el("div");
  readonly element = el(
    "details",
    { class: "alerts aids", hidden: true, open: true },
    this.title,
    this.list,
  );
  private all: AidAsked[] = [];
  private readonly words = new Map<string, string>();

  constructor(private readonly host: AidHost) {
    this.list.addEventListener("keydown", (event) => this.key(event));
  }

  async refresh(): Promise<void> {
    try {
      this.take(await api.aid());
    } catch {
      // what is shown stays until the next time
    }
  }

  take({ requests }: AidList): void {
    this.all = requests.filter(isOurs);
    this.draw();
  }

  /** A request came, or is settled; the incident itself is asked for where it is seen. */
  heard({ aid }: Change): void {
    if (!aid) return;
    const others = this.all.filter((r) => keyOf(r) !== keyOf(aid));
    const waits = aid.state === "requested" && isOurs(aid);
    this.all = waits ? [...others, aid] : others;
    this.draw();
    if (this.host.store.incidents.has(aid.incident)) {
      void api.incident(aid.incident).then(
        ({ incident }) => this.host.store.putIncident(incident),
        () => undefined,
      );
    }
  }

  /** Times go on. */
  tick(): void {
    if (this.all.length > 0) this.draw();
  }

  draw(): void {
    this.element.hidden = this.all.length === 0;
    setText(this.title, tn("aid.count", this.all.length));
    render(html`<ul>${this.all.map((r) => this.row(r))}</ul>`, this.list);
  }

  /** To the first request; false when none waits. */
  focus(): boolean {
    if (this.all.length === 0) return false;
    (this.element as HTMLDetailsElement).open = true;
    const first = this.list.querySelector<HTMLElement>("[data-agree], .link");
    first?.focus();
    return first !== null;
  }

  private row(r: AidAsked): TemplateResult {
    const name = r.asker_label ?? r.asker ?? "";
    const what = aidWhat(r);
    const lender = r.agency_label ?? r.agency;
    const asks = who()?.agency
      ? t("aid.asks", { name, what })
      : t("aid.asksOf", { name, lender, what });
    const place = placeText(r);
    const { lat, lon } = r;
    const known = typeof lat === "number" && typeof lon === "number";
    return html`<li data-aid-request=${keyOf(r)}>
      <span aria-hidden="true">⇄</span>
      <div>
        <strong>${asks}</strong>
        <div>
          ${priorityMark(r.priority)} ${typeLabel(this.host.store, r.type)}
          ${(r.level ?? 1) > 1 ? t("level.n", { n: r.level ?? 1 }) : ""} ·
          ${
            known
              ? html`<button
                  type="button"
                  class="link"
                  @click=${() => this.host.look({ lat, lon }, place)}
                >
                  ${place}
                </button>`
              : place
          }
        </div>
        ${r.words ? html`<div class="said" dir="auto">${r.words}</div>` : nothing}
        <div><bdi class="sub">${r.incident}</bdi> ${dueView(r, this.host.clock)}</div>
        ${may("aid") ? this.answerView(r) : nothing}
      </div>
    </li>`;
  }

  private answerView(r: AidAsked): TemplateResult {
    const label = t("aid.answer");
    return html`<div class="row-acts">
      <input
        type="text"
        maxlength="256"
        aria-label=${label}
        placeholder=${label}
        .value=${this.words.get(keyOf(r)) ?? ""}
        @input=${(e: Event) => this.words.set(keyOf(r), (e.target as HTMLInputElement).value)}
      />
      <button type="button" data-agree @click=${() => void this.answer(r, "agreed")}>
        ${t("aid.agree")} <kbd>a</kbd>
      </button>
      <button type="button" @click=${() => void this.answer(r, "refused")}>
        ${t("aid.refuse")} <kbd>r</kbd>
      </button>
    </div>`;
  }

  /** In the list: up and down from request to request, a agrees, r refuses. */
  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.tagName === "INPUT") return;
    const rows = [...this.list.querySelectorAll<HTMLElement>("[data-aid-request]")];
    const at = rows.findIndex((row) => row.contains(target));
    const request = this.all[at];
    if (!request) return;
    if (event.key === "a" || event.key === "r") {
      void this.answer(request, event.key === "a" ? "agreed" : "refused");
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = rows[at + (event.key === "ArrowDown" ? 1 : -1)];
      next?.querySelector<HTMLElement>("[data-agree]")?.focus();
    } else return;
    event.preventDefault();
  }

  private async answer(r: AidAsked, outcome: "agreed" | "refused"): Promise<void> {
    if (!may("aid")) return;
    const reason = (this.words.get(keyOf(r)) ?? "").trim();
    const { agency, capabilities } = r;
    try {
      const { incident } = await api.answerAid(r.incident, {
        ...(who()?.agency ? {} : { agency }),
        capabilities,
        outcome,
        ...(reason ? { reason } : {}),
      });
      this.words.delete(keyOf(r));
      this.all = this.all.filter((other) => keyOf(other) !== keyOf(r));
      this.draw();
      if (incident) this.host.store.putIncident(incident);
      const agreed = outcome === "agreed";
      this.host.say(t(agreed ? "aid.nowSend" : "aid.wasRefused", { id: r.incident }), "good");
      if (agreed) this.host.openIncident(r.incident);
      else this.focus();
    } catch (error) {
      this.host.say(readProblemText(error), "bad");
    }
  }
}
