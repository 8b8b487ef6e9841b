// Small helpers to make and patch elements directly, for what changes many times a second.

type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;
type Child = Node | string;

/** An element with attributes (false and null leave one out) and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children);
  return element;
}

export function setAttribute(
  element: Element,
  name: string,
  value: string | number | boolean | null | undefined,
): void {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Writes the text only if it differs: an unchanged cell costs no layout. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** An identifier set apart from the direction of the text around it. */
export function bdi(text: string): HTMLElement {
  return el("bdi", {}, text);
}

/**
 * Puts the children in the wanted order without ever moving the one that holds the focus (moving an
 * element takes its focus away), and drops those that are not wanted.
 */
export function arrange(parent: HTMLElement, wanted: readonly HTMLElement[]): void {
  const keep = new Set<Element>(wanted);
  for (const child of Array.from(parent.children)) if (!keep.has(child)) child.remove();
  const focused = document.activeElement;
  const anchor = wanted.findIndex((e) => e === focused || e.contains(focused));
  const start = Math.max(0, anchor);
  const first = wanted[start];
  if (!first) return;
  if (first.parentElement !== parent) parent.append(first);
  for (let i = start - 1, next: Element = first; i >= 0; i--) {
    const row = wanted[i] as HTMLElement;
    if (row.nextElementSibling !== next) parent.insertBefore(row, next);
    next = row;
  }
  for (let i = start + 1, last: Element = first; i < wanted.length; i++) {
    const row = wanted[i] as HTMLElement;
    if (last.nextElementSibling !== row) parent.insertBefore(row, last.nextElementSibling);
    last = row;
  }
}
