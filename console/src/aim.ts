// Pointing at the map: by mouse or finger, or by a cross in the middle under which the map moves
// with the arrow keys. What is pointed at is said in words, too.
import type { Map as Engine, MapMouseEvent } from "maplibre-gl";
import { el, setText } from "./dom";
import { formatLatLon, nameOf } from "./places";
import { t } from "./strings";
import type { LatLon } from "./types";

/** Clicks nearer than this to the last point mean that point: they end a drawing. */
const SAME_PX = 5;
const DRAG_PX = 6;
/** How long the cross rests before it is said where. */
const REST_MS = 500;

/** What points are wanted for. What the functions give back is said to the listener. */
export interface Aim {
  hint: () => string;
  /** Whether the next point may be dragged out to a second one. */
  drags?: () => boolean;
  add: (pos: LatLon) => string;
  /** The pointer or the cross moved. */
  over?: (pos: LatLon) => void;
  undo?: () => string;
  done?: () => string;
  cancel: () => void;
}

export class Aiming {
  private aim: Aim | null = null;
  private last: LatLon | null = null;
  private byKeys = false;
  private pressed: LatLon | null = null;
  private timer = 0;
  private readonly text = el("span");
  private readonly said = el("span", { class: "sr", role: "status" });
  private readonly buttons = el("span", { class: "aim-acts" });
  readonly bar = el("div", { class: "map-hint map-aim", hidden: true }, this.text, this.buttons);

  constructor(
    private readonly engine: Engine,
    box: HTMLElement,
    private readonly changed: () => void,
  ) {
    box.append(this.bar, this.said);
    engine.on("mousedown", (event) => this.press(event));
    engine.on("mouseup", (event) => this.release(event));
    engine.on("mousemove", (event) => this.aim?.over?.(posOf(event)));
    engine.on("move", () => {
      if (this.byKeys) this.aim?.over?.(this.center());
    });
    engine.on("moveend", () => this.rest());
  }

  get isOn(): boolean {
    return this.aim !== null;
  }

  start(aim: Aim | null): void {
    if (!this.aim !== !aim) this.last = null;
    this.aim = aim;
    this.bar.hidden = aim === null;
    if (aim) this.engine.doubleClickZoom.disable();
    else this.engine.doubleClickZoom.enable();
    this.relabel();
    this.changed();
  }

  relabel(): void {
    const { aim } = this;
    setText(this.text, aim?.hint() ?? "");
    const button = (words: string, run: () => void): HTMLElement => {
      const made = el("button", { type: "button" }, words);
      made.addEventListener("click", run);
      return made;
    };
    this.buttons.replaceChildren(
      ...(aim?.undo ? [button(t("draw.undo"), () => this.undo())] : []),
      ...(aim?.done ? [button(t("draw.done"), () => this.say(aim.done?.() ?? ""))] : []),
      ...(aim ? [button(t("act.cancel"), () => aim.cancel())] : []),
    );
  }

  private say(text: string): void {
    setText(this.said, text);
  }

  private center(): LatLon {
    const { lat, lng } = this.engine.getCenter().wrap();
    return { lat, lon: lng };
  }

  private isLast(pos: LatLon): boolean {
    if (!this.last) return false;
    const [a, b] = [this.last, pos].map((p) => this.engine.project([p.lon, p.lat]));
    return a !== undefined && b !== undefined && a.dist(b) < SAME_PX;
  }

  private add(pos: LatLon, byKeys: boolean): void {
    const { aim } = this;
    this.byKeys = byKeys;
    if (!aim) return;
    if (aim.done && this.isLast(pos)) {
      this.say(aim.done());
      return;
    }
    this.last = pos;
    this.say(aim.add(pos));
  }

  private undo(): void {
    this.last = null;
    this.say(this.aim?.undo?.() ?? "");
  }

  private press(event: MapMouseEvent): void {
    this.pressed = null;
    if (!this.aim?.drags?.()) return;
    event.preventDefault(); // the map stays where it is
    this.pressed = posOf(event);
    this.add(this.pressed, false);
  }

  private release(event: MapMouseEvent): void {
    const from = this.pressed;
    if (!from || !this.aim) return;
    const [a, b] = [this.engine.project([from.lon, from.lat]), event.point];
    if (a.dist(b) >= DRAG_PX) this.add(posOf(event), false);
  }

  /** True when the click was a point. */
  click(event: MapMouseEvent): boolean {
    if (!this.aim) return false;
    const dragged = this.pressed !== null;
    this.pressed = null;
    if (!dragged) this.add(posOf(event), false);
    return true;
  }

  /** True when the key was for the drawing. */
  key(event: KeyboardEvent): boolean {
    const { aim } = this;
    if (!aim || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key.startsWith("Arrow")) {
      this.byKeys = true;
      return false; // the map moves under the cross
    }
    if (event.key === "Enter") {
      // A point is where the cross comes to rest, not where it was on its way.
      if (this.byKeys && this.engine.isMoving()) this.engine.once("moveend", () => this.enter());
      else this.enter();
    } else if (event.key === "Backspace" && aim.undo) this.undo();
    else if (event.key === "Escape") aim.cancel();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** A point at the cross; after points by mouse, the end of the drawing. */
  private enter(): void {
    const { aim } = this;
    if (aim?.done && !this.byKeys && this.last) this.say(aim.done());
    else this.add(this.center(), true);
  }

  /** The cross came to rest: where, in words. */
  private rest(): void {
    window.clearTimeout(this.timer);
    if (!this.aim || !this.byKeys) return;
    const pos = this.center();
    this.timer = window.setTimeout(() => void this.tellCross(pos), REST_MS);
  }

  private async tellCross(pos: LatLon): Promise<void> {
    const at = t("place.at", formatLatLon(pos));
    const name = await nameOf(pos);
    const now = this.center();
    if (!this.aim || now.lat !== pos.lat || now.lon !== pos.lon) return;
    this.say(t("draw.at", { place: name === "" ? at : `${name} (${at})` }));
  }
}

function posOf(event: MapMouseEvent): LatLon {
  const { lat, lng } = event.lngLat.wrap();
  return { lat, lon: lng };
}
