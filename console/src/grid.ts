// A dense table patched directly: rows by id, one tab stop, arrow keys, focus never moved by news.
import { arrange, el, setAttribute } from "./dom";

const HOLD_MS = 1500;

export type Cells<C extends string> = Record<C, HTMLTableCellElement>;

export interface GridOptions<T, C extends string> {
  label: () => string;
  empty: () => string;
  columns: { name: C; title: () => string }[];
  /** Writes what changed into the cells, which are empty at first. */
  patch: (item: T, cells: Cells<C>, row: HTMLTableRowElement) => void;
  open: (id: string) => void;
  /** Runs while the cursor is on a row. */
  focused?: (id: string) => void;
}

interface Line<C extends string> {
  row: HTMLTableRowElement;
  cells: Cells<C>;
}

export class Grid<T extends { id: string }, C extends string> {
  readonly element: HTMLElement;
  private readonly body = el("tbody");
  private readonly head = el("tr");
  private readonly table: HTMLTableElement;
  private readonly empty = el("p", { class: "empty", hidden: true });
  private readonly lines = new Map<string, Line<C>>();
  private active: string | null = null;
  private selected: string | null = null;
  private pointerAt = -Infinity;

  constructor(private readonly options: GridOptions<T, C>) {
    this.table = el(
      "table",
      { role: "grid", class: "grid" },
      el("thead", {}, this.head),
      this.body,
    );
    this.element = el("div", { class: "grid-box" }, this.table, this.empty);
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("focusin", (event) => this.focusIn(event));
    this.body.addEventListener("pointermove", () => (this.pointerAt = performance.now()));
    this.relabel();
  }

  /** Texts anew, after the language changed. */
  relabel(): void {
    this.table.setAttribute("aria-label", this.options.label());
    this.head.replaceChildren(
      ...this.options.columns.map((c) =>
        el("th", { scope: "col", class: `c-${c.name}` }, c.title()),
      ),
    );
    this.empty.textContent = this.options.empty();
    this.lines.clear();
    this.body.replaceChildren();
  }

  /** Shows these items in this order. Rows do not jump under a moving pointer. */
  show(items: readonly T[]): void {
    const rows = items.map((item) => this.line(item).row);
    const ids = new Set(items.map((i) => i.id));
    for (const id of this.lines.keys()) if (!ids.has(id)) this.lines.delete(id);
    arrange(this.body, this.isHeld() ? this.heldOrder(rows) : rows);
    this.empty.hidden = items.length > 0;
    this.table.setAttribute("aria-rowcount", String(items.length + 1));
    if (!this.active || !ids.has(this.active)) this.active = items[0]?.id ?? null;
    this.stops();
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

  private line(item: T): Line<C> {
    let line = this.lines.get(item.id);
    if (!line) {
      const named = this.options.columns.map((c) => [c.name, el("td", { class: `c-${c.name}` })]);
      const cells = Object.fromEntries(named) as Cells<C>;
      const row = el("tr", { tabindex: -1, "data-id": item.id }, ...Object.values<Node>(cells));
      line = { row, cells };
      this.lines.set(item.id, line);
      setAttribute(row, "aria-selected", String(item.id === this.selected));
    }
    this.options.patch(item, line.cells, line.row);
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
    if (to !== undefined) {
      event.preventDefault();
      rows[Math.min(rows.length - 1, Math.max(0, to))]?.focus();
    } else if (event.key === "Enter" && this.active) {
      event.preventDefault();
      this.options.open(this.active);
    }
  }
}
