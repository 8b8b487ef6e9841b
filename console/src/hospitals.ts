// Hospitals: the page that lists them and says whether they take patients, and the choice of one
// when a crew transports. Fetched with its first use.
import { type TemplateResult, html, nothing, render } from "lit";
import { api } from "./api";
import { Dialog, type Word, wordView } from "./dialog";
import { el } from "./dom";
import { inputField, onSubmit, selectField, valuesOf } from "./fields";
import { byRoad, codeFor, traffics } from "./hospitaldata";
import { may } from "./may";
import type { PanelForm } from "./panel";
import { readProblemText } from "./problems";
import type { Store } from "./store";
import { language, t, tw } from "./strings";
import { formatMoment, spellDuration } from "./time";
import type { Hospital, LatLon, Suggested, Traffic } from "./types";

const sign = (traffic: Traffic): TemplateResult =>
  html`<span class="hospital-sign sign-h-${traffic}" aria-hidden="true">H</span>`;

const abilities = (h: Hospital): string =>
  h.capabilities.map((word) => tw("may-need", word)).join(", ");

/** Who said so and when; nothing while nobody has. */
function saidText(h: Hospital): string {
  if (!h.since || !h.actor) return "";
  const time = formatMoment(new Date(h.since), language());
  return t("hospital.said", { who: tw("actor", h.actor), time });
}

interface PageHost {
  store: Store;
  look: (pos: LatLon, name: string) => void;
}

class HospitalPage {
  private readonly dialog: Dialog;
  private suggested: Suggested[] = [];
  private word: Word | null = null;
  /** The one whose state is being set. */
  private chosen: string | null;

  constructor(
    private readonly host: PageHost,
    chosen: string | null,
  ) {
    this.chosen = chosen;
    this.dialog = new Dialog({
      kind: "hospitals",
      title: () => t("hospital.title"),
      view: () => this.view(),
    });
    this.dialog.show();
    if (may("changeHospitals")) void this.suggest();
    this.focus();
  }

  /** Somebody said something of a hospital. */
  heard(): void {
    if (this.dialog.isOpen) this.dialog.draw();
  }

  private focus(): void {
    if (this.chosen) this.dialog.focus("#hospital-traffic");
  }

  private async suggest(): Promise<void> {
    const { suggestions = [] } = await api.hospitals({ suggestions: true }).catch(() => ({
      suggestions: [],
    }));
    this.suggested = suggestions;
    this.dialog.draw();
  }

  private view(): TemplateResult {
    const all = [...this.host.store.hospitals.values()];
    const listed = all.filter((h) => !h.disabled).sort((a, b) => a.label.localeCompare(b.label));
    const off = all.filter((h) => h.disabled);
    return html`<p class="lead">${t("hospital.lead")}</p>
      ${wordView(this.word)}
      ${listed.length === 0 ? html`<p class="empty">${t("hospital.none")}</p>` : nothing}
      <ul class="hospital-list">
        ${listed.map((h) => this.row(h))}
      </ul>
      ${off.length > 0 && may("changeHospitals") ? this.offView(off) : nothing}
      ${this.suggested.length > 0 ? this.suggestedView() : nothing}`;
  }

  private row(h: Hospital): TemplateResult {
    const said = saidText(h);
    const details = [h.note ?? "", abilities(h), said].filter((s) => s !== "").join(" · ");
    return html`<li data-hospital=${h.id}>
      ${sign(h.traffic)}
      <div>
        <button
          type="button"
          class="link"
          title=${t("hospital.look", { name: h.label })}
          @click=${() => this.look(h)}
        >
          <bdi>${h.label}</bdi> <span class="sub">${h.id}</span>
        </button>
        <div class="hospital-state">${tw("traffic", h.traffic)}</div>
        <div class="sub">${details}</div>
        ${this.chosen === h.id ? this.form(h) : nothing}
      </div>
      <span class="row-acts">
        ${may("hospitalStatus") ? this.setButton(h) : nothing}
        ${may("changeHospitals") ? this.removeButton(h) : nothing}
      </span>
    </li>`;
  }

  private setButton(h: Hospital): TemplateResult {
    return this.act("✎", t("hospital.set", { name: h.label }), () => this.choose(h.id));
  }

  private removeButton(h: Hospital): TemplateResult {
    const words = t("hospital.remove", { name: h.label });
    return this.act("×", words, () => void this.disable(h, true));
  }

  private restoreButton(h: Hospital): TemplateResult {
    const words = t("hospital.restore", { name: h.label });
    return this.act("＋", words, () => void this.disable(h, false));
  }

  private act(shown: string, words: string, run: () => void): TemplateResult {
    return html`<button
      type="button"
      class="quiet"
      aria-label=${words}
      title=${words}
      @click=${run}
    >
      ${shown}
    </button>`;
  }

  private choose(id: string): void {
    this.chosen = this.chosen === id ? null : id;
    this.dialog.draw();
    this.focus();
  }

  private look(h: Hospital): void {
    this.dialog.close();
    this.host.look(h, h.label);
  }

  private form(h: Hospital): TemplateResult {
    const states = traffics.map((s) => [s, tw("traffic", s)] as const);
    return html`<form class="form range" novalidate @submit=${onSubmit((f) => this.save(h, f))}>
      ${selectField("hospital", "traffic", t("hospital.state"), states, h.traffic)}
      ${inputField("hospital", "reason", t("hospital.note"), { value: h.note ?? "" })}
      <button type="submit" class="primary">${t("act.save")}</button>
    </form>`;
  }

  private async save(h: Hospital, form: HTMLFormElement): Promise<void> {
    const { traffic = "unknown", reason = "" } = valuesOf(form);
    const body = reason === "" ? { traffic } : { traffic, reason };
    await this.write(() => api.setHospital(h.id, body), (done) => {
      this.chosen = null;
      return t("hospital.saved", { name: done.label, state: tw("traffic", done.traffic) });
    });
  }

  private async write(
    run: () => Promise<{ hospital: Hospital }>,
    done: (hospital: Hospital) => string,
  ): Promise<void> {
    try {
      const { hospital } = await run();
      this.host.store.putHospital(hospital);
      this.word = { kind: "good", text: done(hospital) };
    } catch (error) {
      this.word = { kind: "bad", text: readProblemText(error) };
    }
    this.dialog.draw();
  }

  private disable(h: Hospital, disabled: boolean): Promise<void> {
    return this.write(
      () => api.changeHospital(h.id, { disabled }),
      (done) => `${done.label}: ${disabled ? t("hospital.off") : tw("traffic", done.traffic)}`,
    );
  }

  private offView(off: Hospital[]): TemplateResult {
    return html`<h3>${t("hospital.off")}</h3>
      <ul class="hospital-list">
        ${off.map(
          (h) =>
            html`<li>
              <div><bdi>${h.label}</bdi></div>
              <span class="row-acts">${this.restoreButton(h)}</span>
            </li>`,
        )}
      </ul>`;
  }

  private suggestedView(): TemplateResult {
    return html`<h3>${t("hospital.suggested")}</h3>
      <ul class="hospital-list">
        ${this.suggested.map(
          (s) =>
            html`<li>
              <div><bdi>${s.label}</bdi></div>
              <span class="row-acts">
                ${this.act("＋", t("hospital.add", { name: s.label }), () => void this.add(s))}
              </span>
            </li>`,
        )}
      </ul>`;
  }

  private async add(s: Suggested): Promise<void> {
    const facility = codeFor(s.label, new Set(this.host.store.hospitals.keys()));
    const site = { lat: s.lat, lon: s.lon };
    await this.write(() => api.addHospital({ facility, label: s.label, site }), (done) => {
      this.suggested = this.suggested.filter((other) => other !== s);
      return t("hospital.saved", { name: done.label, state: tw("traffic", done.traffic) });
    });
  }
}

let page: HospitalPage | null = null;

/** Opens the page unless it is open; `chosen` is the one whose state is to be set. */
export function openHospitals(host: PageHost, chosen: string | null = null): void {
  const mine = may("hospitalStatus") ? chosen : null;
  if (document.querySelector("dialog.hospitals")) return;
  if (!page) {
    host.store.subscribe((topics) => {
      if (topics.has("hospitals")) page?.heard();
    });
  }
  page = new HospitalPage(host, mine);
}

/** The choice of a hospital for a crew that transports. */
export function hospitalChoice(
  unit: string,
  from: LatLon | null,
  store: Store,
  chosen: (hospital: string) => void,
): PanelForm {
  const element = el("div", { class: "form hospital-choice" });
  let left = false;
  let known = [...store.hospitals.values()];
  const draw = (): void => {
    render(
      html`<p class="hint">${t("hospital.chooseLead")}</p>
        <ul class="hospital-list">
          ${byRoad(known).map(
            (h) =>
              html`<li>
                ${sign(h.traffic)}
                <button type="button" class="choice" @click=${() => chosen(h.label)}>
                  <bdi>${h.label}</bdi>
                  <span class="sub">${choiceText(h, from !== null)}</span>
                </button>
              </li>`,
          )}
        </ul>
        <div class="acts">
          <button type="button" @click=${() => chosen("")}>${t("hospital.unnamed")}</button>
        </div>`,
      element,
    );
  };
  draw();
  const ask = async (): Promise<void> => {
    if (!from) return;
    const { hospitals } = await api.hospitals({ from }).catch(() => ({ hospitals: known }));
    known = hospitals;
    if (left) return;
    const focused = element.contains(document.activeElement);
    draw();
    if (focused) element.querySelector<HTMLElement>("button")?.focus();
  };
  void ask();
  return {
    title: () => t("hospital.choose", { unit }),
    element,
    left: () => {
      left = true;
    },
  };
}

function choiceText(h: Hospital, asked: boolean): string {
  const road =
    typeof h.road_s === "number"
      ? t("hospital.road", { time: spellDuration(h.road_s) })
      : asked && h.road_s === null
        ? t("hospital.noRoad")
        : "";
  const parts = [road, tw("traffic", h.traffic), h.note ?? "", abilities(h)];
  return parts.filter((s) => s !== "").join(" · ");
}
