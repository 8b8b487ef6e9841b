// The list of closed roads: what the map hatches, in words, below the queue.
import { el, setText } from "./dom";
import type { Store } from "./store";
import { language, t, tn } from "./strings";
import { formatClock, formatDistance } from "./time";
import type { Closure } from "./types";

function words(closure: Closure): string {
  const made = formatClock(new Date(closure.made), language());
  const at = t("place.at", { lat: closure.lat.toFixed(5), lon: closure.lon.toFixed(5) });
  const radius = closure.radius_m > 0 ? formatDistance(closure.radius_m, language()) : "";
  return [made, closure.reason ?? at, radius].filter((part) => part !== "").join(" · ");
}

export class ClosureList {
  private readonly title = el("summary");
  private readonly list = el("ul");
  readonly element = el("details", { class: "closures", hidden: true }, this.title, this.list);

  constructor(private readonly store: Store) {}

  show(): void {
    const now = [...this.store.closures.values()].filter((c) => !c.lifted);
    this.element.hidden = now.length === 0;
    setText(this.title, tn("map.closures", now.length));
    this.list.replaceChildren(
      ...now.map((c) => el("li", {}, el("strong", {}, el("bdi", {}, c.id)), ` ${words(c)}`)),
    );
  }
}
