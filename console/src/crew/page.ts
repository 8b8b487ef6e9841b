// The page of a crew on its phone: what it is doing, where it has to go, and large buttons for what
// it reports. What is pressed without a line is kept and goes out in order when there is one again.
import { type TemplateResult, html, nothing, render } from "lit/html.js";
import type { Identity } from "../accounttypes";
import { Problem, onLost, writeOnce } from "../api";
import { formatClock, formatDistance, spellDuration } from "../time";
import type { Entry, Incident, Plan, UnitStatus } from "../types";
import {
  type Mine,
  type Turn,
  type Way,
  fetchMine,
  fetchOffset,
  fetchPlans,
  fetchWay,
  sendFix,
  sendHelp,
  sendPiece,
  sendPress,
  session,
} from "./line";
import {
  applySettings,
  flipTheme,
  isDark,
  lasting,
  newKey,
  passing,
  pickLanguage,
  recall,
  remember,
  takeSetupToken,
} from "./phone";
import { Bytes } from "./bytes";
import { Help } from "./help";
import { MapPart, navigationLink } from "./mapview";
import { type Draft, Pictures, mediumName } from "./pictures";
import { LEAVING, type Outcome, type Press, Queue } from "./queue";
import { Sharing, findPlace } from "./sharing";
import { nextOf } from "./status";
import { wayPicture } from "./way";
import { type Key, language, languageName, languages, t, tw } from "./words";

const PASSWORD_MIN = 10;
const ASK_AGAIN_MS = 15_000;
const SETTLE_MS = 150;
const NOTE_MAX = 2000;
const LAST = "amparo.crew.last";
const SEEN = "amparo.crew.seen";
const DEFAULT_WAIT_S = 30;
const NO_LINE: Way["line"] = [];
const geolocation = isSecureContext && "geolocation" in navigator ? navigator.geolocation : null;

type Stage = "start" | "login" | "setup" | "work" | "stranger" | "left";

/** What this phone remembers of the last crew, to open without a line. */
interface Last {
  account: string;
  unit: string;
  offset: number;
}

class CrewPage {
  private stage: Stage = "start";
  private account = "";
  private unitName = "";
  private mine: Mine | null = null;
  private seenAt = 0;
  private plans: Plan[] = [];
  private offset = 0;
  private isOnline = true;
  /** Something changed, and was not fetched yet. */
  private isStale = false;
  private problem = "";
  private said = "";
  private wantsCode = false;
  private setupToken: string | null = null;
  private isLeaving = false;
  private way: Way | null = null;
  private wayProblem = "";
  private stream: EventSource | null = null;
  private settling = 0;

  private readonly queue = new Queue({
    keeper: lasting,
    send: (press) => this.sendOne(press),
    changed: () => this.draw(),
    recorded: (press) => {
      this.said = press.status ? `${tw("status", press.status)}: ${t("recorded")}` : t("recorded");
      void this.refresh();
    },
    settled: (account, keys) => void this.bytes.keepOnly(account, keys),
  });

  private readonly bytes = new Bytes();

  private readonly pictures = new Pictures({
    now: () => this.now(),
    clock: (ms) => this.clock(ms),
    send: (draft) => this.sendMedium(draft),
    changed: () => this.draw(),
  });

  private readonly help = new Help({
    keeper: lasting,
    post: (place) => sendHelp(this.account, this.unitName, place),
    here: () => this.sharing.fix,
    find: () => findPlace(geolocation),
    changed: () => this.draw(),
  });

  private readonly sharing = new Sharing({
    geolocation,
    now: () => Date.now(),
    post: (fix) => sendFix(this.account, this.unitName, fix),
    changed: () => this.draw(),
  });

  private readonly map = new MapPart({ dark: isDark, changed: () => this.draw() });

  constructor(private readonly root: HTMLElement) {
    onLost(() => this.lost());
    addEventListener("online", () => void this.again());
    addEventListener("offline", () => this.setOnline(false));
    addEventListener("pagehide", () => this.sharing.stop());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.again();
    });
    addEventListener("storage", (event) => {
      if (event.key === LAST && this.stage === "work") void this.again();
    });
    setInterval(() => void this.again(), ASK_AGAIN_MS);
  }

  private now(): number {
    return Date.now() + this.offset;
  }

  async start(token: string | null): Promise<void> {
    if (token) {
      this.setupToken = token;
      return this.enter("setup");
    }
    this.draw();
    try {
      await this.work(await session());
    } catch (error) {
      const away = error instanceof Problem && error.status === 0;
      const last = recall<Last>(lasting, LAST);
      if (away && last) this.workOffline(last);
      else if (error instanceof Problem && error.status === 401) this.enter("login");
      else {
        this.problem = t("unreached");
        this.enter("login");
      }
    }
  }

  private enter(stage: Stage): void {
    this.stage = stage;
    if (stage !== "work") {
      this.closeStream();
      this.map.close();
    }
    this.draw();
    if (stage === "login" || stage === "setup") {
      this.root.querySelector<HTMLInputElement>("input")?.focus();
    }
  }

  private async work(identity: Identity): Promise<void> {
    this.problem = "";
    this.said = "";
    this.account = identity.account;
    if (identity.role !== "crew" || !identity.unit) return this.enter("stranger");
    if (this.unitName !== identity.unit) this.forgetSeen();
    this.unitName = identity.unit;
    this.queue.open(identity.account);
    this.help.open(identity.account);
    this.enter("work");
    this.setOnline(true);
    await Promise.all([
      fetchOffset().then((offset) => (this.offset = offset)),
      fetchPlans().then((plans) => (this.plans = plans)),
      this.refresh(),
    ]).catch(() => undefined);
    if (this.stage !== "work" || this.account !== identity.account) return; // gone meanwhile
    const last: Last = { account: this.account, unit: this.unitName, offset: this.offset };
    remember(lasting, LAST, last);
    this.openStream();
    void this.queue.flush();
  }

  private workOffline(last: Last): void {
    this.account = last.account;
    this.unitName = last.unit;
    this.offset = last.offset;
    const seen = recall<{ mine: Mine; at: number; account: string }>(passing, SEEN);
    if (seen?.account === last.account) {
      this.mine = seen.mine;
      this.seenAt = seen.at;
    }
    this.queue.open(last.account);
    this.help.open(last.account);
    this.isOnline = false;
    this.enter("work");
  }

  private forgetSeen(): void {
    this.mine = null;
    this.way = null;
    remember(passing, SEEN, null);
  }

  /** The session ended, or is another's: nothing goes out until somebody signs in. */
  private lost(): void {
    if (this.stage !== "work") return;
    this.sharing.stop();
    this.pictures.leave(null);
    this.problem = t("ended");
    this.enter("login");
  }

  /** Looks whether there is a line and whether we are still who we were; then sends what waits. */
  private async again(): Promise<void> {
    if (this.stage !== "work") return;
    try {
      const identity = await session();
      if (identity.account !== this.account) {
        this.sharing.stop();
        await this.work(identity);
        return;
      }
      this.setOnline(true);
      const cut = !this.stream || this.stream.readyState === EventSource.CLOSED;
      if (cut || this.isStale) await this.refresh();
      await this.queue.flush();
    } catch (error) {
      if (error instanceof Problem && error.status === 0) this.setOnline(false);
    }
  }

  private setOnline(online: boolean): void {
    if (this.isOnline === online) return;
    this.isOnline = online;
    this.draw();
  }

  private async refresh(): Promise<void> {
    const before = this.mine?.incident;
    const { account } = this;
    this.isStale = true; // until it was fetched: the stream tells of a change once
    try {
      const mine = await fetchMine(this.unitName);
      this.isStale = false;
      if (account !== this.account || (this.mine && mine.seq < this.mine.seq)) return;
      this.mine = mine;
    } catch (error) {
      if (error instanceof Problem && error.status === 0) this.setOnline(false);
      return;
    }
    this.seenAt = this.now();
    const { incident, unit } = this.mine;
    if (incident?.id !== before?.id || incident?.lat !== before?.lat) this.way = null;
    this.pictures.leave(incident?.id ?? null);
    if (!incident || incident.id !== before?.id) this.map.close();
    if (unit.status === "out-of-service" && this.queue.lastStatus === null) {
      this.sharing.stop("ended");
    }
    remember(passing, SEEN, { mine: this.mine, at: this.seenAt, account });
    this.setOnline(true);
    this.draw();
    if (!this.stream || this.stream.readyState === EventSource.CLOSED) this.openStream();
  }

  /** Any change of what is ours: it is fetched anew, once for several that come together. */
  private openStream(): void {
    this.closeStream();
    if (this.stage !== "work" || !this.mine) return;
    const stream = new EventSource(`/v1/events?since=${this.mine.seq}`);
    const news = (): void => {
      clearTimeout(this.settling);
      this.settling = window.setTimeout(() => void this.refresh(), SETTLE_MS);
    };
    stream.addEventListener("change", news);
    stream.addEventListener("resync", () => {
      stream.close();
      news();
    });
    stream.addEventListener("session-ended", () => void this.again());
    this.stream = stream;
  }

  private closeStream(): void {
    this.stream?.close();
    this.stream = null;
  }

  /* ---- what is pressed ---- */

  private press(path: string, body: Record<string, string>, status?: UnitStatus): void {
    const at = this.now();
    const press: Press = { key: newKey(), path, body, at, ...(status ? { status } : {}) };
    try {
      this.queue.add(press);
    } catch {
      this.problem = t("unreached");
      this.draw();
    }
  }

  private report(status: UnitStatus): void {
    this.said = "";
    if (status === "out-of-service") this.sharing.stop("ended");
    const happened = new Date(this.now()).toISOString();
    this.press(`/units/${encodeURIComponent(this.unitName)}/status`, { status, happened }, status);
  }

  private note(form: HTMLFormElement, incident: string): void {
    const field = form.elements.namedItem("note") as HTMLTextAreaElement;
    const text = field.value.trim();
    if (text === "") return;
    field.value = "";
    this.press(`/incidents/${encodeURIComponent(incident)}/notes`, { text });
  }

  /** The bytes are kept first: a press without them could never be sent. */
  private async sendMedium({ kind, incident, bytes, at }: Draft): Promise<void> {
    const key = newKey();
    const path = `/units/${encodeURIComponent(this.unitName)}/media/${key.replace("crew-", "")}`;
    const medium = { kind, incident, bytes: bytes.byteLength, sent: 0 };
    this.said = "";
    await this.bytes.put(this.account, key, bytes);
    try {
      this.queue.add({ key, path, body: {}, at, medium });
    } catch {
      this.problem = t("unreached");
    }
    this.draw();
  }

  private async sendOne(press: Press): Promise<Outcome> {
    const { account } = this;
    if (!press.medium) return sendPress(account, press);
    const bytes = await this.bytes.get(account, press.key);
    if (!bytes) return { kind: "refused", detail: t("bytesLost") };
    return sendPiece(account, press, press.medium, bytes);
  }

  private here(): { lat: number; lon: number } | null {
    const { unit } = this.mine ?? {};
    return this.sharing.fix ?? (unit && hasPlace(unit) ? unit : null);
  }

  private async showWay(incident: Incident): Promise<void> {
    const here = this.here();
    this.wayProblem = "";
    this.way = null;
    if (!here || !hasPlace(incident)) this.wayProblem = t("wayUnknown");
    else {
      try {
        this.way = await fetchWay(here, incident);
      } catch (error) {
        const away = !(error instanceof Problem) || error.status === 0;
        this.wayProblem = away ? t("unreached") : error.detail;
      }
    }
    this.draw();
  }

  /* ---- the way in and out ---- */

  private async login(form: HTMLFormElement): Promise<void> {
    const data = new FormData(form);
    const text = (name: string): string => String(data.get(name) ?? "").trim();
    const password = String(data.get("password") ?? "");
    const code = text("code");
    this.problem = "";
    try {
      const identity = this.setupToken
        ? await writeOnce<Identity>("POST", "/setup", { token: this.setupToken, password })
        : await writeOnce<Identity>("POST", "/session", {
            account: text("account"),
            password,
            ...(code ? { code } : {}),
          });
      this.setupToken = null;
      this.wantsCode = false;
      await this.work(identity);
    } catch (error) {
      this.problem = this.loginProblem(error);
      this.draw();
      this.root.querySelector<HTMLInputElement>(this.wantsCode ? "#code" : "#password")?.focus();
    }
  }

  private loginProblem(error: unknown): string {
    if (!(error instanceof Problem)) return String(error);
    if (error.status === 0) return t("unreached");
    if (error.status === 429) return t("locked", { n: error.wait_s || DEFAULT_WAIT_S });
    if (error.code === "second-factor") {
      this.wantsCode = true;
      return t("codeAsked");
    }
    return error.status === 401 ? t("wrong") : error.detail;
  }

  private setup(form: HTMLFormElement): Promise<void> {
    const data = new FormData(form);
    const password = String(data.get("password"));
    if ([...password].length >= PASSWORD_MIN && password === data.get("again")) {
      return this.login(form);
    }
    this.problem = t("rule", { n: PASSWORD_MIN });
    this.draw();
    return Promise.resolve();
  }

  private leave(): void {
    if (this.queue.waiting.length > 0 && !this.isLeaving) {
      this.isLeaving = true;
      this.draw();
      this.root.querySelector<HTMLButtonElement>(".leaving button")?.focus();
      return;
    }
    void this.signOut();
  }

  /** Sharing ends first, whatever the server says. */
  private async signOut(): Promise<void> {
    this.isLeaving = false;
    this.sharing.stop();
    this.pictures.leave(null);
    this.queue.forget();
    this.help.takeBack();
    this.help.close();
    this.forgetSeen();
    remember(lasting, LAST, null);
    this.account = "";
    this.unitName = "";
    this.problem = "";
    this.enter("left");
    await writeOnce("DELETE", "/session").catch(() => undefined);
  }

  /* ---- how it looks ---- */

  draw(): void {
    const views: Record<Stage, () => TemplateResult> = {
      start: () => html`<p class="wait" role="status">…</p>`,
      login: () => this.loginView(),
      setup: () => this.loginView(),
      work: () => this.workView(),
      stranger: () => this.strangerView(),
      left: () => html`<p role="status">${t("left")}</p>
        <button class="big" @click=${() => this.enter("login")}>${t("signIn")}</button>`,
    };
    document.title = t("title");
    document.documentElement.dataset["stage"] = this.stage;
    render(html`${this.barView()}<main>${views[this.stage]()}</main>`, this.root);
  }

  private pick(event: Event): void {
    pickLanguage(event, () => this.draw());
  }

  private barView(): TemplateResult {
    const works = this.stage === "work";
    return html`<header>
      <h1>${works ? html`<bdi>${this.unitName}</bdi>` : "Amparo"}</h1>
      ${
        works
          ? html`<p class="line" data-online=${this.isOnline} role="status">
              ${this.isOnline ? t("online") : t("offline")}
            </p>`
          : nothing
      }
      <select aria-label=${t("language")} @change=${(e: Event) => this.pick(e)}>
        ${languages.map(
          (l) =>
            html`<option value=${l} lang=${l} ?selected=${l === language()}>
              ${languageName(l)}
            </option>`,
        )}
      </select>
      <label class="tick">
        <input type="checkbox" .checked=${isDark()} @change=${flipTheme} /> ${t("theme")}
      </label>
      ${works ? html`<button @click=${() => this.leave()}>${t("signOut")}</button>` : nothing}
    </header>`;
  }

  private loginView(): TemplateResult {
    const isSetup = this.stage === "setup";
    const submit = (event: Event): void => {
      event.preventDefault();
      const form = event.target as HTMLFormElement;
      void (isSetup ? this.setup(form) : this.login(form));
    };
    const field = (name: "account" | "password" | "again" | "code", type: string, fill: string) =>
      html`<div class="field">
        <label for=${name}>${t(name)}</label>
        <input id=${name} name=${name} type=${type} autocomplete=${fill} autocapitalize="none" />
      </div>`;
    return html`<form novalidate @submit=${submit}>
      <h2>${t(isSetup ? "setUp" : "signIn")}</h2>
      ${isSetup ? nothing : field("account", "text", "username")}
      ${field("password", "password", isSetup ? "new-password" : "current-password")}
      ${isSetup ? field("again", "password", "new-password") : nothing}
      ${this.wantsCode ? field("code", "text", "one-time-code") : nothing}
      <p class="problem" role="alert">${this.problem}</p>
      <button class="big" type="submit">${t(isSetup ? "setUp" : "signIn")}</button>
    </form>`;
  }

  private strangerView(): TemplateResult {
    return html`<p>${t("noUnit", { account: this.account })}</p>
      <p><a class="big" href="/">${t("toConsole")}</a></p>
      <button @click=${() => void this.signOut()}>${t("signOut")}</button>`;
  }

  private workView(): TemplateResult {
    return html`<p class="problem" role="alert">${this.problem}</p>
      ${this.leavingView()}
      ${
        this.isOnline || this.seenAt === 0
          ? nothing
          : html`<p class="stale">${t("asOf", { time: this.clock(this.seenAt) })}</p>`
      }
      ${this.statusView()} ${this.help.view()} ${this.unsentView()} ${this.refusedView()}
      ${this.incidentView()} ${this.sharingView()}`;
  }

  private leavingView(): TemplateResult | typeof nothing {
    if (!this.isLeaving) return nothing;
    const stay = (): void => {
      this.isLeaving = false;
      this.draw();
    };
    return html`<section class="leaving" role="alertdialog" aria-label=${t("signOut")}>
      <p>${t("leave")}</p>
      <button @click=${stay}>${t("stay")}</button>
      <button class="danger" @click=${() => void this.signOut()}>${t("leaveAll")}</button>
    </section>`;
  }

  /** What the crew says it does: the last press counts, sent or not. */
  private status(): UnitStatus | null {
    const pressed = this.queue.lastStatus as UnitStatus | null;
    return pressed ?? this.mine?.unit.status ?? null;
  }

  private statusView(): TemplateResult {
    const status = this.status();
    const sent = this.queue.lastStatus === null;
    const hasIncident = Boolean(this.mine?.unit.incident);
    const nexts = status ? nextOf(status, hasIncident) : nextOf("out-of-service", false);
    const button = (to: UnitStatus, first: boolean): TemplateResult =>
      html`<button
        class="status ${first ? "first" : ""}"
        data-status=${to}
        @click=${() => this.report(to)}
      >
        ${tw("status", to)}
      </button>`;
    // Who is free has no next step: nothing large is there to be hit by mistake.
    const [first, others] = status === "available" ? [null, nexts] : [nexts[0], nexts.slice(1)];
    return html`<section aria-labelledby="status">
      <h2 id="status">${t("myStatus")}</h2>
      <p class="now" data-status=${status ?? ""}>
        <strong>${status ? tw("status", status) : "–"}</strong>
        ${
          sent && this.mine
            ? html`<span>${t("since", { time: this.spell(this.mine.unit.since) })}</span>`
            : nothing
        }
        ${sent ? nothing : html`<span class="unsent-mark">${t("unsent")}</span>`}
      </p>
      ${first ? button(first, true) : nothing}
      <div class="others" role="group" aria-label=${t("others")}>
        ${others.map((to) => button(to, false))}
      </div>
      <p class="said" role="status">${this.said}</p>
    </section>`;
  }

  private pressName(press: Press): string {
    const { status, medium } = press;
    const what = status
      ? tw("status", status)
      : medium
        ? mediumName(medium.kind, medium.bytes)
        : `${t("note")}: ${press.body["text"]}`;
    return t("pressedAt", { what, time: this.clock(press.at) });
  }

  private unsentView(): TemplateResult | typeof nothing {
    const { waiting } = this.queue;
    if (waiting.length === 0) return nothing;
    return html`<section class="unsent" aria-labelledby="unsent">
      <h2 id="unsent">${t("unsent")}</h2>
      <ol>
        ${waiting.map((press) => html`<li>${this.pressName(press)} ${this.partView(press)}</li>`)}
      </ol>
      <p>${t("inOrder")}</p>
    </section>`;
  }

  /** How far a picture is, and the way back while it is not whole. */
  private partView({ key, medium }: Press): TemplateResult | typeof nothing {
    if (!medium) return nothing;
    const n = Math.floor((100 * medium.sent) / medium.bytes);
    return html`<span class="part">
      <progress max="100" .value=${n} aria-label=${t("sentPart", { n })}></progress>
      ${t("sentPart", { n })}
      <button @click=${() => this.queue.takeBack(key)}>${t("takeBack")}</button>
    </span>`;
  }

  private refusedView(): TemplateResult | typeof nothing {
    const { refused } = this.queue;
    if (refused.length === 0) return nothing;
    return html`<section class="refused" role="alert" aria-labelledby="refused">
      <h2 id="refused">${t("refused")}</h2>
      <ul>
        ${refused.map(
          (press) =>
            html`<li>
              <p>${this.pressName(press)}</p>
              <p lang="en" dir="ltr">${press.detail}</p>
              <button @click=${() => this.queue.dismiss(press.key)}>${t("dismiss")}</button>
            </li>`,
        )}
      </ul>
    </section>`;
  }

  private incidentView(): TemplateResult {
    const incident = this.mine?.incident ?? null;
    if (!incident) return html`<section class="none"><p>${t("noIncident")}</p></section>`;
    const { priority } = incident;
    const words = incident.calls.filter((c) => c.words || c.number);
    return html`<section class="incident" aria-labelledby="incident">
        <h2 id="incident">${t("incident")} <bdi>${incident.id}</bdi></h2>
        <p class="type">
          ${
            priority
              ? html`<span class="pri" data-pri=${priority}
                  >${t("priority", { n: priority })}</span
                >`
              : nothing
          }
          <strong>${this.typeName(incident)}</strong>
        </p>
        <p class="place">${incident.place ?? spellPlace(incident)}</p>
        ${incident.erased ? html`<p>${t("erased")}</p>` : nothing}
        ${
          words.length > 0
            ? html`<h3>${t("said")}</h3>
                <ul class="calls">
                  ${words.map(
                    (call) =>
                      html`<li>
                        ${call.words ? html`<p>${call.words}</p>` : nothing}
                        ${
                          call.number
                            ? html`<a class="call" href="tel:${call.number.replace(/[^+\d]/g, "")}"
                                >${t("callBack")} <bdi dir="ltr">${call.number}</bdi></a
                              >`
                            : nothing
                        }
                      </li>`,
                  )}
                </ul>`
            : nothing
        }
      </section>
      ${hasPlace(incident) ? this.wayView(incident) : nothing}
      ${
        incident.erased || LEAVING.includes(this.status() ?? "")
          ? nothing
          : this.pictures.view(incident, this.unitName)
      }
      ${this.notesView(incident)}`;
  }

  private typeName({ type }: Incident): string {
    if (!type) return t("noType");
    const plan = this.plans.find((p) => p.type === type);
    return plan?.labels?.[language()] ?? plan?.label ?? type;
  }

  private wayView(incident: Incident & { lat: number; lon: number }): TemplateResult {
    const { way } = this;
    const to = navigationLink(incident, navigator.userAgent);
    const key: Key = way ? "againWay" : "showWay";
    const km = way ? formatDistance(way.distance_m, language()) : "";
    return html`<section class="way" aria-labelledby="way">
      <h2 id="way">${t("way")}</h2>
      ${way ? html`<p class="sum">${km}, ${spellDuration(way.time_s)}</p>` : nothing}
      <button @click=${() => void this.showWay(incident)}>${t(key)}</button>
      <a class="big" href=${to}>${t("navigate")}</a>
      <p class="problem" role="status">${this.wayProblem}</p>
      ${this.map.view({ line: way?.line ?? NO_LINE, place: incident, here: this.here() })}
      ${
        way
          ? html`${wayPicture(way, t("sketch", { distance: km }))}
              <ol class="turns">
                ${way.turns.map((turn) => turnView(turn))}
              </ol>`
          : nothing
      }
    </section>`;
  }

  private notesView(incident: Incident): TemplateResult {
    const notes = (incident.timeline ?? []).filter((e: Entry) => e.kind === "note-added");
    const submit = (event: Event): void => {
      event.preventDefault();
      this.note(event.target as HTMLFormElement, incident.id);
    };
    return html`<section class="notes" aria-labelledby="notes">
      <h2 id="notes">${t("notes")}</h2>
      ${notes.length === 0 ? html`<p>${t("noNotes")}</p>` : nothing}
      <ul>
        ${notes.map(
          (note) =>
            html`<li>
              <span class="when">${this.spell(note.time)} <bdi>${note.actor}</bdi></span>
              <p>${note.text}</p>
            </li>`,
        )}
      </ul>
      <form @submit=${submit}>
        <label for="note">${t("note")}</label>
        <textarea id="note" name="note" rows="3" maxlength=${NOTE_MAX}></textarea>
        <button type="submit">${t("send")}</button>
      </form>
    </section>`;
  }

  private sharingView(): TemplateResult {
    const { sharing } = this;
    const onDuty = this.status() !== "out-of-service";
    const flip = (): void => (sharing.isOn ? sharing.stop() : sharing.start());
    return html`<section class="sharing" data-on=${sharing.isOn} aria-labelledby="sharing">
      <h2 id="sharing">${t("sharing")}</h2>
      <button
        role="switch"
        aria-checked=${sharing.isOn}
        aria-labelledby="sharing"
        ?disabled=${!onDuty && !sharing.isOn}
        @click=${flip}
      >
        <span class="knob"></span>
      </button>
      <p class="state" role="status">${this.sharingText(onDuty)}</p>
    </section>`;
  }

  private sharingText(onDuty: boolean): string {
    const { state, told } = this.sharing;
    if (state === "ended") return t("shareEnded");
    if (!onDuty) return t("shareOffDuty");
    if (state === "denied") return t("shareDenied");
    if (state === "waiting") return t("shareWait");
    if (state === "unsent") return t("shareUnsent");
    return state === "on" ? t("shareOn", { time: this.clock(told ?? 0) }) : t("shareOff");
  }

  private spell(time: string): string {
    return this.clock(Date.parse(time));
  }

  private clock(ms: number): string {
    return formatClock(new Date(ms), language());
  }
}

function hasPlace<T extends { lat?: number | null; lon?: number | null }>(
  of: T,
): of is T & { lat: number; lon: number } {
  return typeof of.lat === "number" && typeof of.lon === "number";
}

function spellPlace(of: Incident): string {
  return hasPlace(of) ? `${of.lat.toFixed(5)}, ${of.lon.toFixed(5)}` : t("noPlace");
}

function turnView(turn: Turn): TemplateResult {
  const far = turn.distance_m > 0 ? formatDistance(turn.distance_m, language()) : "";
  const word = turn.exit ? t("turn.exit", { n: turn.exit }) : tw("turn", turn.kind);
  return html`<li>
    <span>${word}${turn.street ? html`, <bdi>${turn.street}</bdi>` : nothing}</span>
    <span class="num">${far}</span>
  </li>`;
}

const root = document.getElementById("crew");
if (root) {
  const token = takeSetupToken();
  applySettings();
  const page = new CrewPage(root);
  void page.start(token);
  if (isSecureContext && "serviceWorker" in navigator) {
    const worker = navigator.serviceWorker.register("/crew/worker.js", { scope: "/crew" });
    void worker.catch(() => undefined);
  }
}
