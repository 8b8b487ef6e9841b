// The controls of a demonstration: how fast the clock of the town runs, and who dispatches.
import { api } from "./api";
import { el } from "./dom";
import { t } from "./strings";
import type { Demo } from "./types";

const SPEEDS = [1, 2, 5, 10, 20, 60] as const;

export class DemoControls {
  private state: Demo | null = null;

  constructor(
    private readonly box: HTMLElement,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Asks once; a server that is no demonstration has no such controls. */
  async start(): Promise<void> {
    try {
      this.state = await api.demo();
    } catch {
      this.state = null;
    }
    this.relabel();
  }

  relabel(): void {
    const demo = this.state;
    this.box.hidden = demo === null;
    if (!demo) return;
    const auto = el("input", { type: "checkbox", id: "demo-auto" });
    auto.checked = demo.auto_dispatch;
    auto.addEventListener("change", () => void this.change({ auto_dispatch: auto.checked }));
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", t("demo.title"));
    this.box.replaceChildren(
      el("span", { class: "tag" }, t("demo.title")),
      this.speedChoice(demo),
      el("label", { for: "demo-auto" }, auto, " ", el("span", { class: "long" }, t("demo.auto"))),
    );
  }

  private speedChoice(demo: Demo): HTMLSelectElement {
    const select = el("select", { "aria-label": t("demo.speed") });
    const speeds = [...new Set([...SPEEDS, demo.speed])].sort((a, b) => a - b);
    for (const speed of speeds) select.append(el("option", { value: speed }, `${speed}×`));
    select.value = String(demo.speed);
    select.addEventListener("change", () => void this.change({ speed: Number(select.value) }));
    return select;
  }

  private async change(change: Partial<Demo>): Promise<void> {
    try {
      const answer = await api.setDemo(change);
      this.state = { ...(this.state as Demo), ...change, ...answer };
    } catch (error) {
      this.failed(error);
      this.relabel();
    }
  }
}
