// Closing roads: the form and its drawing on the map, and what is done with one that is there.
import { api } from "./api";
import { ClosureForm } from "./closureform";
import { closureName } from "./closures";
import { draftFeatures } from "./closuredata";
import type { Aim, MapView } from "./map";
import { formatLatLon } from "./places";
import { problemText } from "./problems";
import { type ClosureDraft, Sketch, draftOf } from "./sketch";
import type { PanelForm } from "./panel";
import type { Store } from "./store";
import { t } from "./strings";
import type { ClosedRoads, Closure, ClosureAnswer, LatLon } from "./types";

const PREVIEW_MS = 250;

export interface ClosureHost {
  store: Store;
  map: () => MapView | null;
  now: () => number;
  /** The form into the panel; null takes it away. */
  panel: (form: PanelForm | null) => void;
  show: (region: "map" | "panel") => void;
  say: (text: string, kind: "good" | "bad", undo?: () => void) => void;
}

export class ClosureWork {
  private form: ClosureForm | null = null;
  private cursor: LatLon | null = null;
  private roads: ClosedRoads | null = null;
  private asking: AbortController | null = null;
  private timer = 0;
  private saving = false;

  constructor(private readonly host: ClosureHost) {}

  /** Opens the form, for a new closure or to change one. */
  open(closure: Closure | null = null): void {
    if (!this.host.map()) return this.host.say(t("closure.noMap"), "bad");
    this.stop();
    const form = new ClosureForm(
      {
        now: this.host.now,
        changed: () => this.changed(),
        draw: () => this.draw(),
        save: () => void this.save(),
        cancel: () => this.cancel(),
      },
      closure,
    );
    this.form = form;
    const title = (): string =>
      closure ? t("closure.change", { id: closure.id }) : t("closure.new");
    this.host.show("panel");
    const left = (): void => {
      if (this.form === form) this.stop(); // else another one has taken its place
    };
    this.host.panel({ title, element: form.element, left });
    if (closure) {
      // a stray click changes nothing: it is drawn anew by its button
      this.host.map()?.look(closure);
      this.redraw();
    } else this.aim();
    form.focus();
  }

  relabel(): void {
    this.form?.relabel();
    this.host.map()?.retitle();
  }

  /** The panel shows something else: the drawing is given up. */
  stop(): void {
    if (!this.form) return;
    this.form = null;
    this.cursor = null;
    this.roads = null;
    this.asking?.abort();
    window.clearTimeout(this.timer);
    this.host.map()?.aim(null);
    this.redraw();
  }

  private cancel(): void {
    this.stop();
    this.host.panel(null);
  }

  // Drawing

  /** By the button of the form: the map has the focus, and the drawing begins anew. */
  private draw(): void {
    if (!this.form) return;
    this.form.sketch = new Sketch(this.form.sketch.shape);
    this.form.drew();
    this.host.show("map");
    this.aim();
    this.host.map()?.focus();
  }

  private aim(): void {
    const { form } = this;
    if (!form) return;
    const aim: Aim = {
      hint: () => t(`draw.${form.sketch.shape}`),
      drags: () => form.sketch.shape === "circle" && form.sketch.points.length === 0,
      add: (pos) => this.add(pos),
      over: (pos) => {
        this.cursor = pos;
        this.redraw();
      },
      undo: () => this.undo(),
      done: () => this.done(),
      cancel: () => this.cancel(),
    };
    this.host.map()?.aim(aim);
    this.redraw();
  }

  private changed(): void {
    this.roads = null;
    this.redraw();
    if (this.form) this.host.map()?.retitle();
    this.form?.told(null);
    this.asking?.abort();
    window.clearTimeout(this.timer);
    if (this.form?.sketch.lacks !== null || !this.host.map()?.knows) return;
    this.timer = window.setTimeout(() => void this.preview(), PREVIEW_MS);
  }

  /** Which roads the drawing comes to, as soon as it can be one. */
  private async preview(): Promise<void> {
    const { form } = this;
    if (!form) return;
    const asking = new AbortController();
    this.asking = asking;
    try {
      const body = form.sketch.body();
      const { roads } = await api.previewClosure(body, form.heading, asking.signal);
      if (asking.signal.aborted || this.form !== form) return;
      this.roads = roads;
      form.told(roads);
      this.redraw();
    } catch {
      // the server judges it when it is saved
    }
  }

  private redraw(): void {
    const { form } = this;
    const path = form?.sketch.isPath || (form?.sketch.shape === "circle" && form.sketch.lacks);
    const data = draftFeatures(
      form?.sketch ?? null,
      path ? this.cursor : null,
      form?.slows ? "slowed" : "closed",
      form?.heading ?? null,
      form && this.roads,
    );
    this.host.map()?.draw("draft", data);
  }

  private add(pos: LatLon): string {
    const { form } = this;
    if (!form) return "";
    form.sketch.add(pos);
    form.drew();
    const n = form.sketch.points.length;
    if (!form.sketch.isPath && form.sketch.lacks === null) this.finish();
    return t("draw.added", { n, place: t("place.at", formatLatLon(pos)) });
  }

  private undo(): string {
    const { form } = this;
    if (!form || !form.sketch.undo()) return "";
    form.drew();
    return t("draw.removed", { n: form.sketch.points.length });
  }

  /** Double-click, a second Enter, or the button: as far as it can be one, the drawing is done. */
  private done(): string {
    const { form } = this;
    if (!form) return "";
    const { lacks } = form.sketch;
    if (lacks) return t(`closure.lack.${lacks}`);
    this.finish();
    return "";
  }

  private finish(): void {
    this.cursor = null;
    if (this.form?.sketch.isPath) this.host.map()?.aim(null);
    this.redraw();
    this.host.show("panel");
    this.form?.focus(true);
  }

  // The record

  private async save(): Promise<void> {
    const { form } = this;
    const draft = form?.draft();
    if (!form || !draft || this.saving) return;
    const id = form.closure?.id;
    const run = (d: ClosureDraft): Promise<ClosureAnswer> =>
      id ? api.changeClosure(id, d) : api.makeClosure(d);
    this.saving = true;
    try {
      const answer = await run(draft);
      this.host.store.putClosure(answer.closure);
      this.tell(answer, t("closure.made", { id: answer.closure.id }), () =>
        form.closure ? void this.giveBack(form.closure) : void this.lift(answer.closure, false),
      );
      if (this.form === form) this.cancel();
    } catch (error) {
      form.fail(problemText(error));
    } finally {
      this.saving = false;
    }
  }

  private tell(answer: ClosureAnswer, text: string, undo?: () => void): void {
    if (answer.live) this.host.say(text, "good", undo);
    else this.host.say(t("closure.late", { id: answer.closure.id }), "bad");
  }

  /** As it was before a change. */
  private async giveBack(before: Closure): Promise<void> {
    await this.write(() => api.changeClosure(before.id, draftOf(before)));
  }

  private async write(run: () => Promise<ClosureAnswer>): Promise<ClosureAnswer | null> {
    try {
      const answer = await run();
      this.host.store.putClosure(answer.closure);
      return answer;
    } catch (error) {
      this.host.say(problemText(error), "bad");
      return null;
    }
  }

  async lift(closure: Closure, undoable = true): Promise<void> {
    const answer = await this.write(() => api.liftClosure(closure.id));
    if (!answer) return;
    const undo = undoable ? (): void => void this.restore(closure) : undefined;
    this.tell(answer, t("closure.lifted", { name: closureName(closure) }), undo);
  }

  async restore(closure: Closure): Promise<void> {
    const answer = await this.write(() => api.restoreClosure(closure.id));
    if (answer) this.tell(answer, t("closure.restored", { name: closureName(closure) }));
  }
}
