// The search field of the top bar: places, incidents, crews, and the command line, in one list.
import { api } from "./api";
import { type Choice, Combobox } from "./combobox";
import { el } from "./dom";
import { addsText } from "./levels";
import { type Deed, isCommand, searchText, suggest } from "./line";
import { positionOf } from "./mapdata";
import { typeLabel } from "./names";
import { findPlaces } from "./places";
import type { Store } from "./store";
import { t, tw } from "./strings";
import type { Incident, LatLon } from "./types";

type Found = { incident: string } | { unit: string } | { pos: LatLon } | { deed: Deed | null };
const OWN_MAX = 4;

export interface SearchHost {
  store: Store;
  near: () => LatLon | null;
  openIncident: (id: string) => void;
  openUnit: (id: string) => void;
  openPlace: (pos: LatLon, name: string) => void;
  /** The incident that is open at this desk. */
  current: () => string | null;
  obey: (deed: Deed, words: string) => void;
  /** The place that is highlighted in the list; null takes it off the map. */
  preview: (pos: LatLon | null, name: string, byHand: boolean) => void;
}

export class Search {
  private readonly box: Combobox<Found>;
  private readonly label = el("label", { for: "search", class: "sr" });
  /** Incidents that the server did not have, since the field was entered. */
  private readonly missing = new Set<string>();
  /** What had the focus before the field. */
  private before: EventTarget | null = null;

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
      leave: () => this.leave(),
    });
    this.box.input.addEventListener("focus", (event) => (this.before = event.relatedTarget));
    place.append(this.label, this.box.element, el("kbd", {}, "/"));
    this.relabel();
  }

  relabel(): void {
    this.label.textContent = t("bar.search");
    this.box.input.placeholder = t("bar.search");
    this.box.relabel();
  }

  focus(): void {
    this.missing.clear();
    this.box.input.focus();
    this.box.input.select();
  }

  /** Back to what was at hand, where letters are keys again. */
  private leave(): void {
    this.box.input.blur();
    if (this.before instanceof HTMLElement && this.before.isConnected) this.before.focus();
  }

  private async find(query: string, signal: AbortSignal): Promise<Choice<Found>[]> {
    const text = this.box.input.value;
    await this.learn(text);
    const commands = this.commands(text);
    if (isCommand(text)) return commands;
    const wanted = searchText(query);
    const own = [...this.incidents(wanted), ...this.units(wanted)];
    const places = await findPlaces(wanted, this.host.near(), signal).catch(() => []);
    return [...commands, ...own, ...places.map((p) => ({ ...p, value: { pos: p.value } }))];
  }

  /** Incidents named in full that the board does not have, just opened or long closed, are asked
   * for: no street of a like name shall be taken for one, and nobody be told that there is none. */
  private async learn(text: string): Promise<void> {
    const { store } = this.host;
    const named = new Set(text.toUpperCase().match(/\bI-\d+\b/g));
    const unknown = [...named].filter((id) => !store.incidents.has(id) && !this.missing.has(id));
    const ask = (id: string) =>
      api.incident(id).then(
        ({ incident }) => store.putIncident(incident),
        () => this.missing.add(id),
      );
    await Promise.all(unknown.map(ask));
  }

  private posOf(found: Found): LatLon | null {
    if ("pos" in found) return found.pos;
    if ("deed" in found) return null;
    const { store } = this.host;
    const item =
      "incident" in found ? store.incidents.get(found.incident) : store.units.get(found.unit);
    return item ? positionOf(item) : null;
  }

  private commands(text: string): Choice<Found>[] {
    const { store } = this.host;
    const world = {
      units: [...store.units.values()],
      incidents: [...store.incidents.values()],
      hospitals: [...store.hospitals.values()],
      current: this.host.current(),
      adds: (i: Incident, level: number) => addsText(store.plans, i, level),
    };
    return suggest(text, world).map(({ title, detail, deed, ask }) => ({
      title,
      detail,
      value: { deed },
      ...(ask === undefined ? {} : { ask }),
    }));
  }

  /** By its number, with or without the letter. */
  private incidents(query: string): Choice<Found>[] {
    const { store } = this.host;
    const [, number] = /^(?:i-)?(\d+)$/i.exec(query) ?? [];
    const found = store.incidents.get(`I-${number}`);
    if (!found) return [];
    const type = typeLabel(store, found.type);
    const detail = `${t("search.incident")} · ${type} · ${found.place ?? ""}`;
    return [{ title: found.id, detail, value: { incident: found.id } }];
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
    else if ("deed" in value) {
      if (value.deed) this.host.obey(value.deed, choice.title);
    } else this.host.openPlace(value.pos, choice.title);
  }
}
