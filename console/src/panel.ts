// The right-hand panel: one thing at a time (a new call, an incident, a crew) and its acts.
import { html, nothing, render } from "lit";
import { type ActForm, type ActKind, makeActForm } from "./actforms";
import { AdviceView, type Divert } from "./advice";
import { api } from "./api";
import { isOpen, placeText } from "./board";
import { CallForm, type FormOptions, type FormState } from "./callform";
import { saveFile } from "./dialog";
import { type ActKept, type Drafts, type Kept, type Slot, keptAct } from "./drafts";
import { findDuplicates } from "./duplicates";
import { offerable } from "./exchange";
import { type IncidentActions, type RecordAct, incidentView } from "./incidentview";
import { type Command, shownKey } from "./keys";
import { addsText, levelOf, levelsFrom } from "./levels";
import { LinksView, scopesOf } from "./links";
import { positionOf } from "./mapdata";
import { may, mayRun, who } from "./may";
import { typeLabel } from "./names";
import { isUnsent } from "./outbox";
import { problemText, readProblemText } from "./problems";
import type { Store } from "./store";
import { language, t, tw } from "./strings";
import { Taking } from "./taking";
import { TextsView } from "./texts";
import { type ServerClock, formatDistance, spellDuration } from "./time";
import { timelineView } from "./timeline";
import type { Duplicate, DuplicateRule, Incident, LatLon, Unit, UnitStatus } from "./types";
import { UnitReports } from "./unitreports";
import { unitView } from "./unitview";
import { WhereIs } from "./whereis";

type Mode =
  | { kind: "empty" }
  | { kind: "call" }
  | { kind: "incident"; id: string }
  | { kind: "unit"; id: string }
  | { kind: "form"; form: PanelForm };

/** A form of another part of the console, while it is open. */
export interface PanelForm {
  title: () => string;
  element: HTMLElement;
  /** The panel shows something else now. */
  left: () => void;
}

/** What is kept of a triage: what was put in, and what the incident said then. */
interface EditKept {
  state: FormState;
  base: Pick<FormState["texts"], "type" | "priority" | "place">;
}

const textsOf = ({ type, priority, place }: Incident): EditKept["base"] => ({
  type: type ?? "",
  priority: priority ? String(priority) : "",
  place: place ?? "",
});

/** What others changed since then is not undone by what is given back. */
function withNews({ state, base }: EditKept, now: EditKept["base"]): FormState {
  const texts = { ...state.texts };
  for (const name of ["type", "priority", "place"] as const) {
    if (base[name] !== now[name]) texts[name] = now[name];
  }
  return { ...state, texts };
}

export interface PanelHost {
  store: Store;
  clock: ServerClock;
  drafts: Drafts;
  /** The server's rule; null: it has told none. */
  duplicateRule: () => DuplicateRule | null;
  near: () => LatLon | null;
  /** Something else is shown: mark it in the lists and on the map. */
  selected: (incident: string | null, unit: string | null) => void;
  /** A form wants a point from the map (or no longer); the point it has so far. */
  picking: (on: boolean, pos: LatLon | null) => void;
  /** Leave the panel: the focus goes back to the list it came from. */
  leave: (from: Mode["kind"]) => void;
  say: (text: string, kind: "good" | "bad" | "warn", undo?: () => void) => void;
  /** A place highlighted in a list, or none any more. */
  preview: (pos: LatLon | null, name: string, byHand: boolean) => void;
}

export class Panel {
  private mode: Mode = { kind: "empty" };
  private detail: Incident | null = null;
  private detailAsked = 0;
  private act: { kind: ActKind | "edit"; form: ActForm | CallForm } | null = null;
  private duplicates: Duplicate[] = [];
  private divertSeen: Divert | null = null;
  private readonly where = new WhereIs(() => this.whereCame());
  private readonly advice: AdviceView;
  private readonly taking: Taking;
  private readonly links = new LinksView({
    send: (scope, call) =>
      this.write((id) =>
        api.sendLink(id, scopesOf(scope), t("link.text", { link: "{link}" }), call),
      ),
    stop: (link) => this.write((id) => api.stopLink(id, link)),
    failed: (error) => this.fail(error),
    changed: () => this.draw(),
  });
  private readonly texts = new TextsView({
    send: (text, call) => this.write((id) => api.writeText(id, text, call)),
    changed: () => this.draw(),
  });

  constructor(
    readonly element: HTMLElement,
    private readonly host: PanelHost,
  ) {
    this.advice = new AdviceView({
      store: host.store,
      changed: () => this.draw(),
      failed: (error) => this.fail(error),
      sent: (incident, unit) => this.sent(incident, unit),
    });
    this.taking = new Taking({
      form: this.formOptions(),
      drafts: host.drafts,
      say: host.say,
      taken: ({ incident, duplicates }) => {
        this.host.store.putIncident(incident);
        if (this.mode.kind === "call") this.openIncident(incident.id, duplicates ?? []);
      },
    });
    this.draw();
  }

  private get callForm(): CallForm {
    return this.taking.form;
  }

  /** What a call and a triage have in common. */
  private formOptions(): Omit<FormOptions, "kind" | "save" | "changed" | "discard"> {
    const { store } = this.host;
    return {
      plans: () => store.plans,
      cards: () => store.cards,
      near: this.host.near,
      cancel: () => this.back(),
      duplicates: (pos) => {
        const rule = this.host.duplicateRule();
        const now = this.host.clock.now();
        return rule ? findDuplicates(store.incidents.values(), pos, rule, now) : [];
      },
      duplicateText: (d) => this.duplicateText(d),
      incident: (id) => store.incidents.get(id),
      placed: (pos) => this.host.picking(true, pos),
      preview: this.host.preview,
      where: this.where,
    };
  }

  private duplicateText({ incident, distance_m, age_s }: Duplicate): string {
    const known = this.host.store.incidents.get(incident);
    const distance = formatDistance(distance_m, language());
    const far = t("dup.row", { distance, age: spellDuration(age_s) });
    if (!known) return far;
    const type = typeLabel(this.host.store, known.type);
    return [type, tw("state", known.state), far].join(" · ");
  }

  get incidentId(): string | null {
    return this.mode.kind === "incident" ? this.mode.id : null;
  }

  get unitId(): string | null {
    return this.mode.kind === "unit" ? this.mode.id : null;
  }

  relabel(): void {
    this.callForm.relabel();
    if (this.act?.form instanceof CallForm) this.act.form.relabel();
    else this.act = null;
    this.draw();
  }

  // What is shown

  private switchTo(mode: Mode): void {
    const before = this.mode;
    this.mode = mode;
    if (before.kind === "form") before.form.left();
    this.detail = null;
    this.act = null;
    this.duplicates = [];
    this.advice.clear();
    const incident = mode.kind === "incident" ? mode.id : null;
    this.host.selected(incident, mode.kind === "unit" ? mode.id : null);
    this.host.picking(mode.kind === "call", mode.kind === "call" ? this.callForm.point : null);
    this.draw();
  }

  newCall(): void {
    if (this.mode.kind !== "call") {
      this.taking.opened();
      this.switchTo({ kind: "call" });
    }
    this.callForm.focus();
  }

  /** What was typed before this page began, newest first: the newest stands there again. */
  restore(found: readonly Kept[]): void {
    const calls = this.taking.found(found);
    const newest = found[0];
    if (!newest) return;
    if (newest.slot === "call" || calls) {
      if (may("new")) this.newCall();
      return;
    }
    const [kind, id = ""] = newest.slot.split(":") as [ActKind | "edit", string?];
    const known = this.host.store.incidents.get(id);
    if (!known || !mayRun(kind) || !isOpen(known)) return;
    this.host.drafts.adopt(newest);
    this.openIncident(id);
    if (kind === "edit") this.startEdit(known);
    else this.startAct(kind, known);
  }

  /** A form of another part; it is told when it is left. */
  openForm(form: PanelForm): void {
    this.switchTo({ kind: "form", form });
  }

  /** The form is done: the panel is empty, and the focus goes on from there. */
  closeForm(): void {
    if (this.mode.kind === "form") this.back();
  }

  /** Opens an incident and asks at once for crews when it is ready for them. */
  openIncident(id: string, duplicates: Duplicate[] = []): void {
    this.switchTo({ kind: "incident", id });
    this.duplicates = duplicates;
    void this.refresh(id);
    const i = this.host.store.incidents.get(id);
    if (
      i &&
      may("recommend") &&
      isOpen(i) &&
      i.type &&
      typeof i.lat === "number" &&
      i.units.length === 0
    ) {
      void this.advice.ask(id);
    }
    this.draw();
    this.focusHead();
  }

  openUnit(id: string): void {
    this.switchTo({ kind: "unit", id });
    this.focusHead();
  }

  /** Another window chose something: shown here, too, unless something is being written. */
  follow(incident: string | null, unit: string | null): boolean {
    if (this.mode.kind === "call" || this.mode.kind === "form" || this.act) return false;
    if (incident === this.incidentId && unit === this.unitId) return false;
    if (incident) this.switchTo({ kind: "incident", id: incident });
    else if (unit) this.switchTo({ kind: "unit", id: unit });
    else this.switchTo({ kind: "empty" });
    if (incident) void this.refresh(incident);
    return true;
  }

  /** The open incident, with its timeline once that is known. */
  get shownIncident(): Incident | null {
    const i = this.current();
    const timeline = this.detail?.timeline;
    return i && timeline ? { ...i, timeline } : i;
  }

  private focusHead(): void {
    this.element.querySelector<HTMLElement>("[data-head]")?.focus();
  }

  /** One step back: question, form, then the panel itself. */
  back(): void {
    if (this.advice.divert) this.advice.cancelDivert();
    else if (this.act) {
      if (this.act.kind === "edit") this.host.drafts.drop(`edit:${this.incidentId ?? ""}`);
      this.act = null;
      this.host.picking(false, null);
      this.draw();
    } else if (this.mode.kind !== "empty") {
      const from = this.mode.kind;
      this.switchTo({ kind: "empty" });
      this.host.leave(from);
      return;
    } else return this.host.leave("empty");
    this.focusHead();
  }

  // Staying up to date

  /** The store changed. */
  sync(): void {
    const known = this.current();
    if (known && this.mode.kind === "incident" && known.seq > (this.detail?.seq ?? 0)) {
      void this.refresh(known.id);
    }
    this.draw();
  }

  private current(): Incident | null {
    if (this.mode.kind !== "incident") return null;
    const known = this.host.store.incidents.get(this.mode.id) ?? null;
    if (known && this.detail && this.detail.seq > known.seq) return this.detail;
    return known ?? this.detail;
  }

  /** Fetches the incident with its timeline; one request at a time, the last wish wins. */
  private async refresh(id: string): Promise<void> {
    const mine = ++this.detailAsked;
    try {
      const { incident } = await api.incident(id);
      if (mine !== this.detailAsked || this.incidentId !== id) return;
      this.detail = incident;
      this.host.store.putIncident(incident);
      this.draw();
    } catch (error) {
      if (mine === this.detailAsked && !this.current()) this.fail(error);
    }
  }

  draw(): void {
    render(this.view(), this.element);
    this.texts.settle(this.element);
    if (this.advice.divert !== this.divertSeen) {
      this.divertSeen = this.advice.divert;
      this.element.querySelector<HTMLElement>(".divert-ask [data-first]")?.focus();
    }
  }

  private view(): unknown {
    const { mode } = this;
    const { store, clock } = this.host;
    if (mode.kind === "call") {
      this.callForm.showDuplicates();
      return html`<h2>${t("call.title")}</h2>
        <p class="hint">${t("call.lead")}</p>
        ${this.callForm.element}`;
    }
    if (mode.kind === "form") {
      return html`<h2>${mode.form.title()}</h2>
        ${mode.form.element}`;
    }
    if (mode.kind === "unit") {
      const unit = store.units.get(mode.id);
      if (unit) return unitView(unit, store, clock, this.unitActions);
    }
    const i = this.current();
    if (!i) {
      return html`<p class="empty">${emptyText()}</p>`;
    }
    const { where, duplicates } = this;
    const ctx = { store, clock, actions: this.incidentActions, duplicates, where };
    return html`
      ${incidentView(i, ctx)} ${this.act?.form.element ?? nothing}
      ${this.advice.isShown ? this.advice.view(i) : nothing} ${this.texts.view(i, this.detail)}
      ${this.links.view(i, this.detail)}
      <section class="log" aria-labelledby="log-title">
        <h3 id="log-title">${t("panel.timeline")}</h3>
        ${timelineView(this.detail?.timeline ?? [], (type) => typeLabel(store, type))}
      </section>
    `;
  }

  /** Whose offer the form at hand refuses. */
  private refused = "";

  private readonly unitActions = {
    reports: new UnitReports(() => this.draw()),
    setStatus: (unit: string, status: UnitStatus): void => void this.setStatus(unit, status),
    openIncident: (id: string): void => this.openIncident(id),
  };

  private readonly incidentActions: IncidentActions = {
    run: (command) => this.run(command),
    release: (unit) => void this.release(unit),
    openIncident: (id) => this.openIncident(id),
    openUnit: (id) => this.openUnit(id),
    mergeInto: (into) => void this.write((id) => api.merge(id, into)),
    record: (act) => this.record(act),
    accept: (partner) =>
      void this.write((id) => api.answerTransfer(id, partner, "accepted")).then(() =>
        this.focusHead(),
      ),
    refuse: (partner) => {
      this.refused = partner;
      const i = this.current();
      if (i) this.startAct("refuse", i);
    },
    withdraw: ({ agency, capabilities }) =>
      void this.write((id) => api.withdrawAid(id, agency, capabilities)),
    unshare: (agency) => void this.write((id) => api.unshare(id, agency)),
  };

  private record(act: RecordAct): void {
    const i = this.current();
    if (!i) return;
    if (act === "lift") void this.write((id) => api.lift(id)).then(() => this.focusHead());
    else if (act === "export") void this.saveExport(i.id);
    else this.startAct(act, i);
  }

  private async saveExport(id: string): Promise<void> {
    try {
      const file = await api.exported(id);
      saveFile(file);
      this.host.say(t("export.saved", { name: file.name }), "good");
    } catch (error) {
      this.host.say(readProblemText(error), "bad");
    }
  }

  // Acts

  /** A key or a button. True when it meant something here. */
  run(command: Command, key = ""): boolean {
    const i = this.current();
    if (!i) return false;
    const open = isOpen(i);
    if (!mayRun(command)) {
      this.host.say(t("may.not", { role: tw("role", who()?.role ?? "") }), "bad");
      return true;
    }
    if (command === "note") this.startAct("note", i);
    else if (command === "close" && open) this.startAct("close", i);
    else if (command === "merge" && open) this.startAct("merge", i);
    else if (command === "level" && open) this.startAct("level", i);
    else if (command === "edit" && open) this.startEdit(i);
    else if (command === "recommend" && open) this.recommend(i);
    else if (command === "send" && open && !this.advice.divert) this.advice.sendNumber(Number(key));
    else if (command === "reopen" && !open) void this.write((id) => api.reopen(id));
    else if (command === "acknowledge" && i.alarm) void this.write((id) => api.acknowledge(id));
    else return false;
    return true;
  }

  private recommend(i: Incident): void {
    if (i.type && typeof i.lat === "number") void this.advice.ask(i.id);
    else this.host.say(t("advice.needsPlace", { key: shownKey("edit") }), "bad");
  }

  private startEdit(i: Incident): void {
    const slot: Slot = `edit:${i.id}`;
    const { drafts } = this.host;
    const form = new CallForm({
      ...this.formOptions(),
      kind: "edit",
      save: () => void this.saveEdit(),
      changed: () => drafts.keep(slot, { state: form.state, base } satisfies EditKept),
      discard: () => this.back(),
    });
    const base = textsOf(i);
    form.load(i);
    const kept = drafts.at<EditKept>(slot);
    if (kept) {
      form.restore(withNews(kept.values, base));
      form.showKept((Date.now() - kept.time) / 1000);
    }
    this.act = { kind: "edit", form };
    this.host.picking(true, form.point);
    this.draw();
    form.focus();
  }

  private startAct(kind: ActKind, i: Incident): void {
    const others = kind === "merge" ? this.othersNear(i) : [];
    if (kind === "merge" && others.length === 0) {
      this.host.say(t("merge.none"), "bad");
      return;
    }
    const agencies = this.host.store.agencies.filter(
      (a) => a.agency !== i.agency && !(i.shared ?? []).includes(a.agency),
    );
    if (kind === "share" && agencies.length === 0) {
      this.host.say(t("share.none"), "bad");
      return;
    }
    const partners = offerable(i, this.host.store.partners);
    if (kind === "transfer" && partners.length === 0) {
      this.host.say(t("exchange.none"), "bad");
      return;
    }
    const form = makeActForm(kind, {
      ...this.keptFor(kind, i.id),
      incident: i.id,
      crews: i.units.length,
      others,
      agencies,
      level: {
        now: () => levelOf(this.current() ?? i),
        all: levelsFrom(i).map((level) => ({
          level,
          adds: addsText(this.host.store.plans, i, level),
        })),
      },
      partners,
      save: (values) => void this.saveAct(kind, values),
      cancel: () => this.back(),
    });
    this.act = { kind, form };
    this.host.picking(false, null);
    this.draw();
    form.focus();
  }

  /** Words for a note or a closing are kept while they are typed. */
  private keptFor(kind: ActKind, id: string): Partial<Parameters<typeof makeActForm>[1]> {
    if (kind !== "note" && kind !== "close") return {};
    const { drafts } = this.host;
    const slot: Slot = `${kind}:${id}`;
    const kept = drafts.at<ActKept>(slot);
    return {
      kept: kept ? { ...kept.values, age_s: (Date.now() - kept.time) / 1000 } : null,
      changed: ({ text, choice }) => {
        if (text.trim() === "") drafts.drop(slot);
        else drafts.keep(slot, keptAct(text, choice));
      },
      discard: () => {
        drafts.drop(slot);
        this.endAct();
      },
    };
  }

  private othersNear(i: Incident): { id: string; words: string }[] {
    const far = (o: Incident): number =>
      typeof o.lat === "number" && typeof i.lat === "number"
        ? Math.hypot(
            o.lat - i.lat,
            ((o.lon ?? 0) - (i.lon ?? 0)) * Math.cos((i.lat * Math.PI) / 180),
          )
        : Infinity;
    return [...this.host.store.incidents.values()]
      .filter((o) => isOpen(o) && o.id !== i.id)
      .sort((a, b) => far(a) - far(b) || a.id.localeCompare(b.id))
      .map((o) => ({
        id: o.id,
        words: `${o.id} ${typeLabel(this.host.store, o.type)}, ${placeText(o)}`,
      }));
  }

  /** Runs a write on the open incident; true when the server recorded it. */
  private async write(
    run: (id: string) => Promise<{ incident: Incident }>,
    failed: (message: string) => void = (message) => this.host.say(message, "bad"),
    recorded: () => void = () => undefined,
  ): Promise<boolean> {
    const id = this.incidentId;
    if (!id) return false;
    try {
      const { incident } = await run(id);
      this.host.store.putIncident(incident);
      void this.refresh(id);
      recorded();
      return true;
    } catch (error) {
      if (isUnsent(error)) this.fail(error);
      else failed(problemText(error));
      return isUnsent(error); // kept: for the one who wrote it, it is done
    }
  }

  /** Says what was recorded, with the way back. */
  private done(what: string, undo: () => Promise<{ incident: Incident } | { unit: Unit }>): void {
    this.host.say(t("line.done", { what }), "good", () => {
      undo().then(
        (answer) => {
          if ("unit" in answer) this.host.store.putUnit(answer.unit);
          else this.host.store.putIncident(answer.incident);
        },
        (error) => this.fail(error),
      );
    });
  }

  private async release(unit: string): Promise<void> {
    const incident = this.incidentId;
    if (!incident) return;
    await this.write((id) => api.release(id, unit), undefined, () => {
      this.done(t("line.release", { unit, incident }), () => api.assign(incident, unit, false));
    });
  }

  /** After a crew was sent: it can be called back. */
  private sent(incident: string, unit: string): void {
    this.done(t("line.send", { units: unit, incident }), () => api.release(incident, unit));
  }

  private async saveAct(kind: ActKind, v: { text: string; choice: string }): Promise<void> {
    const act = this.act;
    if (!act || (kind === "note" && v.text === "")) return this.back();
    const { drafts } = this.host;
    const slot = `${kind as "note"}:${this.incidentId ?? ""}` as const;
    const key = drafts.at<ActKept>(slot)?.values.key;
    const done = await this.write(
      (id) => {
        if (kind === "note") return api.addNote(id, v.text, key);
        if (kind === "merge") return api.merge(id, v.choice);
        if (kind === "level") return api.setLevel(id, Number(v.choice), v.text);
        if (kind === "share") return api.share(id, v.choice);
        if (kind === "hold") return api.hold(id, v.text);
        if (kind === "erase") return api.erase(id, v.text);
        if (kind === "transfer") return api.transfer(id, v.choice, v.text);
        if (kind === "refuse") return api.answerTransfer(id, this.refused, "refused", v.text);
        return api.close(id, { outcome: v.choice, ...(v.text ? { text: v.text } : {}) });
      },
      (message) => act.form.fail(message),
      () => {
        const incident = this.incidentId;
        if (kind !== "close" || !incident) return;
        const outcome = tw("outcome", v.choice);
        this.done(t("line.close", { incident, outcome }), () => api.reopen(incident));
      },
    );
    if (done) drafts.drop(slot);
    if (done && this.act === act) this.endAct();
    const now = this.current();
    if (done && kind === "level" && now?.type && typeof now.lat === "number") {
      void this.advice.ask(now.id); // what the level needs beyond what was sent
    }
  }

  private endAct(): void {
    this.act = null;
    this.host.picking(false, null);
    this.draw();
    this.focusHead();
  }

  private async saveEdit(): Promise<void> {
    const act = this.act;
    const i = this.current();
    if (!i || !(act?.form instanceof CallForm)) return;
    const edit = act.form.edit(i);
    if (Object.keys(edit).length === 0) {
      this.host.drafts.drop(`edit:${i.id}`);
      return this.endAct();
    }
    const done = await this.write(
      (id) => api.editIncident(id, edit),
      (m) => act.form.fail(m),
    );
    if (done) this.host.drafts.drop(`edit:${i.id}`);
    if (!done || this.act !== act) return;
    this.endAct();
    const now = this.current();
    if (now?.type && typeof now.lat === "number") void this.advice.ask(now.id);
  }

  private async setStatus(unit: string, status: UnitStatus, hospital?: string): Promise<void> {
    const asks = status === "transporting" && hospital === undefined;
    if (asks && [...this.host.store.hospitals.values()].some((h) => !h.disabled)) {
      return this.chooseHospital(unit);
    }
    const before = this.host.store.units.get(unit)?.status;
    try {
      const answer = await api.setStatus(unit, status, hospital);
      this.host.store.putUnit(answer.unit);
      if (!before || before === status || before === "dispatched") return;
      const what = t("line.status", { unit, status: tw("status", status) });
      this.done(what, () => api.setStatus(unit, before));
    } catch (error) {
      this.fail(error);
    }
  }

  /** A crew transports: where to, with the road to each hospital and its state. The road is from
   * the crew, or from its incident while nobody knows where the crew is. */
  private async chooseHospital(id: string): Promise<void> {
    const { hospitalChoice } = await import("./pages");
    const { store } = this.host;
    const unit = store.units.get(id);
    const incident = store.incidents.get(unit?.incident ?? "");
    const known = unit && !unit.position_stale ? positionOf(unit) : null;
    const from = known ?? (incident ? positionOf(incident) : null);
    const form = hospitalChoice(id, from, this.host.store, (hospital) => {
      this.openUnit(id);
      void this.setStatus(id, "transporting", hospital);
    });
    this.openForm(form);
    form.element.querySelector<HTMLElement>("button")?.focus();
  }

  /** A point from the map for the form that is open. */
  placeAt(pos: LatLon): void {
    const form = this.mode.kind === "call" ? this.callForm : this.act?.form;
    if (form instanceof CallForm) void form.placeAt(pos);
  }

  private whereCame(): void {
    if (this.act?.form instanceof CallForm) this.act.form.drawWhere();
    this.draw();
  }

  cardsCame(): void {
    this.callForm.cardsCame();
    if (this.act?.form instanceof CallForm) this.act.form.cardsCame();
  }

  plansCame(): void {
    this.callForm.relabel();
  }

  private fail(error: unknown): void {
    this.host.say(problemText(error), isUnsent(error) ? "warn" : "bad");
  }
}

/** What to do first: by what this person may do, nothing at all before anybody is known. */
function emptyText(): string {
  const identity = who();
  if (!identity) return "";
  if (!may("read")) return t("may.noBoard", { role: tw("role", identity.role) });
  return may("new") ? t("panel.empty", { key: shownKey("new") }) : t("panel.choose");
}
