// The edges between the regions, moved by mouse or arrow keys; where they are stays with the view.
import { el, setAttribute } from "./dom";
import { type Sizes, onPrefs, prefs, setPrefs, sizeNames } from "./prefs";
import type { Shell } from "./shell";
import { direction, t } from "./strings";

type Edge = (typeof sizeNames)[number];

const STEP_PX = 24;
const LEAST_PX: Readonly<Record<Edge, number>> = { queue: 260, panel: 280, map: 140 };
/** What must stay for the others, of the whole. */
const MOST_SHARE = 0.55;

export class Splitters {
  private readonly edges = new Map<Edge, HTMLElement>();
  private readonly main: HTMLElement;

  constructor(private readonly shell: Shell) {
    this.main = shell.region("queue").section.parentElement as HTMLElement;
    for (const name of sizeNames) this.make(name);
    onPrefs(() => this.apply(prefs().view.sizes));
    this.relabel();
  }

  private make(name: Edge): void {
    const lies = name === "map" ? "horizontal" : "vertical";
    const edge = el("div", {
      class: `edge edge-${name}`,
      role: "separator",
      tabindex: 0,
      "aria-orientation": lies,
      "aria-controls": name,
    });
    this.edges.set(name, edge);
    this.shell.region(name).section.append(edge);
    edge.addEventListener("keydown", (event) => this.key(name, event));
    edge.addEventListener("dblclick", () => this.set(name, null));
    edge.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      edge.setPointerCapture(event.pointerId);
    });
    edge.addEventListener("pointermove", (event) => {
      if (edge.hasPointerCapture(event.pointerId)) this.drag(name, event);
    });
    edge.addEventListener("focus", () => this.tell(name));
  }

  relabel(): void {
    for (const [name, edge] of this.edges) {
      edge.setAttribute("aria-label", t("edge.size", { what: t(`region.${name}`) }));
    }
    // measured with the next picture, which is laid out anyway
    requestAnimationFrame(() => sizeNames.forEach((name) => this.tell(name)));
  }

  private sizeOf(name: Edge): number {
    const box = this.shell.region(name).section.getBoundingClientRect();
    return Math.round(name === "map" ? box.height : box.width);
  }

  private most(name: Edge): number {
    const all = name === "map" ? this.main.clientHeight : this.main.clientWidth;
    return Math.max(LEAST_PX[name], Math.round(all * (name === "map" ? 0.85 : MOST_SHARE)));
  }

  private tell(name: Edge): void {
    const edge = this.edges.get(name) as HTMLElement;
    setAttribute(edge, "aria-valuenow", this.sizeOf(name));
    setAttribute(edge, "aria-valuemin", LEAST_PX[name]);
    setAttribute(edge, "aria-valuemax", this.most(name));
  }

  private drag(name: Edge, event: PointerEvent): void {
    const box = this.shell.region(name).section.getBoundingClientRect();
    const fromStart = name !== "panel" === (direction() === "ltr");
    const across = fromStart ? event.clientX - box.left : box.right - event.clientX;
    this.set(name, name === "map" ? event.clientY - box.top : across);
  }

  private key(name: Edge, event: KeyboardEvent): void {
    const grows = name === "panel" === (direction() === "ltr") ? "ArrowLeft" : "ArrowRight";
    const along = name === "map" ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
    if (event.key === "Home") this.set(name, null);
    else if (along.includes(event.key)) {
      const bigger = event.key === (name === "map" ? "ArrowDown" : grows);
      this.set(name, this.sizeOf(name) + (bigger ? STEP_PX : -STEP_PX));
    } else return;
    event.preventDefault();
  }

  /** Null: as it was at first. */
  private set(name: Edge, size: number | null): void {
    const sizes: Sizes = { ...prefs().view.sizes };
    if (size === null) delete sizes[name];
    else sizes[name] = Math.round(Math.min(this.most(name), Math.max(LEAST_PX[name], size)));
    setPrefs({ view: { ...prefs().view, sizes } });
    this.tell(name);
  }

  private apply(sizes: Sizes): void {
    for (const name of sizeNames) {
      const size = sizes[name];
      if (size === undefined) this.main.style.removeProperty(`--${name}-size`);
      else this.main.style.setProperty(`--${name}-size`, `${size}px`);
    }
  }
}
