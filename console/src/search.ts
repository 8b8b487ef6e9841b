// The search field of the top bar: places, incidents and crews in one list.
import { type Choice, Combobox } from "./combobox";
import { el } from "./dom";
import { positionOf } from "./mapdata";
import { typeLabel } from "./names";
import { findPlaces } from "./places";
import type { Store } from "./store";
import { t, tw } from "./strings";
import type { LatLon } from "./types";

type Found = { incident: string } | { unit: string } | { pos: LatLon };
const OWN_MAX = 4;

export interface SearchHost {
  store: Store;
  near: () => LatLon | null;
  openIncident: (id: string) => void;
  openUnit: (id: string) => void;
  openPlace: (pos: LatLon, name: string) => void;
  /** The place that is highlighted in the list; null takes it off the map. */
  preview: (pos: LatLon | null, name: string, byHand: boolean) => void;
}

export class Search {
  private readonly box: Combobox<Found>;
  private readonly label = el("label", { for: "search", class: "sr" });

  constructor(
    place: HTMLElement,
    private readonly host: SearchHost,
  ) {
    this.box = new Combobox<Found>({
      id: "search",
      find: (query, signal) => this.find(query, signal),
      pick: (choice) => this.open(choice),
      preview: (choice, byHand) => {
        const pos = choice ? this.posOf(choice.value) : null;
        host.preview(pos, choice?.title ?? "", byHand);
      },
    });
    place.append(this.label, this.box.element, el("kbd", {}, "/"));
    this.relabel();
  }

  relabel(): void {
    this.label.textContent = t("bar.search");
    this.box.input.placeholder = t("bar.search");
    this.box.relabel();
  }

  focus(): void {
    this.box.input.focus();
    this.box.input.select();
  }

  private async find(query: string, signal: AbortSignal): Promise<Choice<Found>[]> {
    const own = [...this.incidents(query), ...this.units(query)];
    const places = await findPlaces(query, this.host.near(), signal).catch(() => []);
    return [...own, ...places.map((p) => ({ ...p, value: { pos: p.value } }))];
  }

  private posOf(found: Found): LatLon | null {
    if ("pos" in found) return found.pos;
    const { store } = this.host;
    const item =
      "incident" in found ? store.incidents.get(found.incident) : store.units.get(found.unit);
    return item ? positionOf(item) : null;
  }

  private incidents(query: string): Choice<Found>[] {
    const wanted = query.toLowerCase();
    const { store } = this.host;
    return [...store.incidents.values()]
      .filter((i) => i.id.toLowerCase() === wanted || `i-${wanted}` === i.id.toLowerCase())
      .slice(0, OWN_MAX)
      .map((i) => ({
        title: i.id,
        detail: `${t("search.incident")} · ${typeLabel(store, i.type)} · ${i.place ?? ""}`,
        value: { incident: i.id },
      }));
  }

  private units(query: string): Choice<Found>[] {
    const wanted = query.toLowerCase();
    return [...this.host.store.units.values()]
      .filter((u) => u.id.toLowerCase().startsWith(wanted))
      .slice(0, OWN_MAX)
      .map((u) => ({
        title: u.id,
        detail: `${t("search.unit")} · ${tw("status", u.status)}`,
        value: { unit: u.id },
      }));
  }

  private open(choice: Choice<Found>): void {
    const { value } = choice;
    if (!("pos" in value)) this.box.text = "";
    if ("incident" in value) this.host.openIncident(value.incident);
    else if ("unit" in value) this.host.openUnit(value.unit);
    else this.host.openPlace(value.pos, choice.title);
  }
}
