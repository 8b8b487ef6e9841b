// A dense table patched directly: rows by id, one tab stop, arrow keys, focus never moved by news.
// A row is written anew when its item was replaced; running times are written once a second, in the
// rows that are seen, and in turn in some of the others.
import { arrange, el, setAttribute, setText } from "./dom";
import { direction } from "./strings";

const HOLD_MS = 1500;
/** Rows beside the seen ones whose times are written each second. */
const TURN_ROWS = 100;

export type Cells<C extends string> = Record<C, HTMLTableCellElement>;

export interface GridOptions<T, C extends string> {
  label: () => string;
  empty: () => string;
  /** `width` as in CSS grid-template-columns. */
  columns: { name: C; title: () => string; width: string }[];
  /** A column's head was chosen, to sort by it. */
  sortBy: (column: C) => void;
  /** Writes what changed into the cells, which are empty at first. */
  patch: (item: T, cells: Cells<C>) => void;
  /** Writes what changes with time alone. */
  age: (item: T, cells: Cells<C>, row: HTMLTableRowElement) => void;
  open: (id: string) => void;
  /** Runs while the cursor is on a row. */
  focused?: (id: string) => void;
}

interface Line<T, C extends string> {
  row: HTMLTableRowElement;
  cells: Cells<C>;
  /** What the row shows; null when it has to be written anew. */
  item: T | null;
}

export class Grid<T extends { id: string }, C extends string> {
  readonly element: HTMLElement;
  private readonly body = el("tbody", { role: "rowgroup" });
  private readonly head = el("tr", { role: "row" });
  private readonly table: HTMLTableElement;
  private readonly empty = el("p", { class: "empty", hidden: true });
  private readonly lines = new Map<string, Line<T, C>>();
  private active: string | null = null;
  private selected: string | null = null;
  private pointerAt = -Infinity;
  private items: readonly T[] = [];
  private isLate = false;
  private turn = 0;
  private scrollAsked = false;
  private sort: { column: string; down: boolean } | null = null;
  private hidden: ReadonlySet<string> = new Set();

  constructor(private readonly options: GridOptions<T, C>) {
    this.table = el(
      "table",
      { role: "grid", class: "grid" },
      el("thead", { role: "rowgroup" }, this.head),
      this.body,
    );
    this.element = el("div", { class: "grid-box" }, this.table, this.empty);
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.head.addEventListener("keydown", (event) => this.headKey(event));
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("focusin", (event) => this.focusIn(event));
    this.body.addEventListener("pointermove", () => (this.pointerAt = performance.now()));
    document.addEventListener("scroll", (event) => this.scrolled(event), true);
    this.relabel();
  }

  /** Texts anew, after the language changed. */
  relabel(): void {
    this.table.setAttribute("aria-label", this.options.label());
    this.head.replaceChildren(
      ...this.options.columns.map((c) => this.headCell(c.name, c.title())),
    );
    this.drawHead();
    this.empty.textContent = this.options.empty();
    this.lines.clear();
    this.body.replaceChildren();
  }

  private headCell(name: C, title: string): HTMLElement {
    const button = el("button", { type: "button", class: "sort", tabindex: -1 }, title);
    button.append(el("span", { class: "sort-way", "aria-hidden": "true" }));
    button.addEventListener("click", () => this.options.sortBy(name));
    const attributes = { scope: "col", role: "columnheader", class: `c-${name}` };
    return el("th", { ...attributes, "data-column": name }, button);
  }

  /** How it is sorted (null: the usual order) and which columns are not shown. */
  arrangeColumns(sort: { column: string; down: boolean } | null, hidden: readonly string[]): void {
    this.sort = sort;
    const before = this.hidden;
    this.hidden = new Set(hidden);
    this.drawHead();
    const same = before.size === this.hidden.size && hidden.every((name) => before.has(name));
    if (same) return;
    for (const { cells } of this.lines.values()) {
      for (const { name } of this.options.columns) cells[name].hidden = this.hidden.has(name);
    }
  }

  private drawHead(): void {
    const shown = this.options.columns.filter((c) => !this.hidden.has(c.name));
    this.table.style.setProperty("--columns", shown.map((c) => c.width).join(" "));
    const stop = shown.find((c) => c.name === this.sort?.column) ?? shown[0];
    for (const cell of Array.from(this.head.cells)) {
      const name = cell.dataset["column"] ?? "";
      const way = name !== this.sort?.column ? "" : this.sort.down ? "descending" : "ascending";
      cell.hidden = this.hidden.has(name);
      setAttribute(cell, "aria-sort", way || "none");
      const button = cell.firstElementChild as HTMLElement;
      button.tabIndex = name === stop?.name ? 0 : -1;
      const sign = way === "" ? "" : way === "descending" ? "▼" : "▲";
      setText(button.lastElementChild as Element, sign);
    }
  }

  private headButtons(): HTMLElement[] {
    return Array.from(this.head.querySelectorAll<HTMLElement>("th:not([hidden]) button"));
  }

  private headKey(event: KeyboardEvent): void {
    const buttons = this.headButtons();
    const now = buttons.indexOf(document.activeElement as HTMLElement);
    const onwards = direction() === "rtl" ? -1 : 1;
    const steps: Record<string, number> = {
      ArrowRight: now + onwards,
      ArrowLeft: now - onwards,
      Home: 0,
      End: buttons.length - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      buttons[Math.min(buttons.length - 1, Math.max(0, to))]?.focus();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      this.focus();
    }
  }

  /** Shows these items in this order. Rows do not jump under a moving pointer. */
  show(items: readonly T[]): void {
    const rows = items.map((item) => this.line(item).row);
    const ids = new Set(items.map((i) => i.id));
    for (const id of this.lines.keys()) if (!ids.has(id)) this.lines.delete(id);
    this.items = items;
    this.isLate = this.isHeld();
    arrange(this.body, this.isLate ? this.heldOrder(rows) : rows);
    this.empty.hidden = items.length > 0;
    this.table.setAttribute("aria-rowcount", String(items.length + 1));
    if (!this.active || !ids.has(this.active)) this.active = items[0]?.id ?? null;
    this.stops();
  }

  /** Once a second: the running times, and the order that waited for the pointer. */
  tick(): void {
    if (this.isLate && !this.isHeld()) this.show(this.items);
    this.ageSeen();
    const rows = this.body.rows;
    for (let i = 0; i < Math.min(TURN_ROWS, rows.length); i++) {
      this.turn = (this.turn + 1) % rows.length;
      this.ageRow(rows[this.turn]);
    }
  }

  /** All rows are to be written anew when they are shown next. */
  forget(): void {
    for (const line of this.lines.values()) line.item = null;
  }

  private ageRow(row: HTMLTableRowElement | undefined): void {
    const line = this.lines.get(row?.dataset["id"] ?? "");
    if (line?.item) this.options.age(line.item, line.cells, line.row);
  }

  /** The first row whose lower edge lies below `y`. */
  private rowBelow(y: number): number {
    const rows = this.body.rows;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const below = (rows[middle]?.getBoundingClientRect().bottom ?? Infinity) > y;
      if (below) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private ageSeen(): void {
    const box = (this.element.parentElement ?? this.element).getBoundingClientRect();
    const from = this.rowBelow(Math.max(0, box.top));
    const to = this.rowBelow(Math.min(innerHeight, box.bottom));
    for (const row of Array.from(this.body.rows).slice(from, to + 1)) this.ageRow(row);
  }

  private scrolled(event: Event): void {
    const mine = event.target instanceof Node && event.target.contains(this.element);
    if (!mine || this.scrollAsked) return;
    this.scrollAsked = true;
    requestAnimationFrame(() => {
      this.scrollAsked = false;
      this.ageSeen();
    });
  }

  private isHeld(): boolean {
    return performance.now() - this.pointerAt < HOLD_MS && this.body.matches(":hover");
  }

  /** Known rows where they are, new ones at the end, until the pointer rests. */
  private heldOrder(rows: HTMLTableRowElement[]): HTMLTableRowElement[] {
    const wanted = new Set(rows);
    const known = Array.from(this.body.rows).filter((r) => wanted.has(r));
    return [...known, ...rows.filter((r) => r.parentElement !== this.body)];
  }

  private line(item: T): Line<T, C> {
    let line = this.lines.get(item.id);
    if (!line) {
      const cell = (name: C): HTMLElement => el("td", { role: "gridcell", class: `c-${name}` });
      const named = this.options.columns.map((c) => [c.name, cell(c.name)]);
      const cells = Object.fromEntries(named) as Cells<C>;
      const which = { role: "row", tabindex: -1, "data-id": item.id };
      const row = el("tr", which, ...Object.values<Node>(cells));
      for (const name of this.hidden) cells[name as C].hidden = true;
      line = { row, cells, item: null };
      this.lines.set(item.id, line);
      setAttribute(row, "aria-selected", String(item.id === this.selected));
    }
    if (line.item !== item) {
      line.item = item;
      this.options.patch(item, line.cells);
      this.options.age(item, line.cells, line.row);
    }
    return line;
  }

  select(id: string | null): void {
    this.selected = id;
    for (const [key, line] of this.lines) {
      setAttribute(line.row, "aria-selected", String(key === id));
    }
  }

  focus(id?: string): boolean {
    const line = this.lines.get(id ?? this.active ?? "");
    line?.row.focus();
    return line !== undefined;
  }

  get activeId(): string | null {
    return this.active;
  }

  private stops(): void {
    for (const [id, line] of this.lines) {
      const stop = id === this.active ? 0 : -1;
      if (line.row.tabIndex !== stop) line.row.tabIndex = stop;
    }
  }

  private focusIn(event: FocusEvent): void {
    const id = this.idOf(event.target);
    if (!id) return;
    this.active = id;
    this.stops();
    this.options.focused?.(id);
  }

  private idOf(target: EventTarget | null): string | null {
    const row = target instanceof Element ? target.closest<HTMLElement>("tr[data-id]") : null;
    return row?.dataset["id"] ?? null;
  }

  private click(event: MouseEvent): void {
    const id = this.idOf(event.target);
    if (id) this.options.open(id);
  }

  private key(event: KeyboardEvent): void {
    const rows = Array.from(this.body.rows);
    const now = rows.findIndex((r) => r.dataset["id"] === this.active);
    const page = Math.max(1, Math.floor(this.element.clientHeight / 32) - 1);
    const steps: Record<string, number> = {
      ArrowDown: now + 1,
      ArrowUp: now - 1,
      PageDown: now + page,
      PageUp: now - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = steps[event.key];
    if (event.key === "ArrowUp" && now <= 0) {
      event.preventDefault();
      (this.headButtons().find((b) => b.tabIndex === 0) ?? this.headButtons()[0])?.focus();
    } else if (to !== undefined) {
      event.preventDefault();
      rows[Math.min(rows.length - 1, Math.max(0, to))]?.focus();
    } else if (event.key === "Enter" && this.active) {
      event.preventDefault();
      this.options.open(this.active);
    }
  }
}
