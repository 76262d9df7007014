// A long list of which only the rows in sight are elements: each row has the same height.
import { h } from "./dom.js";

const AROUND = 12;
// Browsers lay out no element higher than about 33 million pixels; rows beyond are reached by search.
const HIGHEST = 30e6;

/** A list that scrolls; `row(index)` makes a row. Rows that stay in sight are kept. */
export class Virtual {
  constructor({ height, row, label, role = "list", header = null }) {
    this.height = height;
    this.row = row;
    this.count = 0;
    this.made = new Map();
    this.rows = h("div", { class: "rows", role: role === "table" ? "rowgroup" : null });
    this.element = h("div", { class: "virtual", role, "aria-label": label, tabindex: "0" }, header, this.rows);
    this.element.addEventListener("scroll", () => this.soon(), { passive: true });
    this.sizes = new ResizeObserver(() => this.soon());
    this.sizes.observe(this.element);
  }

  /** Shows so many rows, made anew. */
  show(count) {
    this.count = count;
    this.rows.style.height = `${Math.min(count * this.height, HIGHEST)}px`;
    const focused = [...this.made].find(([, row]) => row.contains(document.activeElement));
    this.rows.replaceChildren();
    this.made.clear();
    this.draw();
    if (focused) this.made.get(focused[0])?.querySelector("button")?.focus({ preventScroll: true });
  }

  /** Scrolls until a row is in the middle. */
  reveal(index) {
    this.element.scrollTop = Math.max(0, index * this.height - this.element.clientHeight / 2);
    this.draw();
  }

  soon() {
    this.asked ??= requestAnimationFrame(() => {
      this.asked = undefined;
      this.draw();
    });
  }

  draw() {
    const top = this.element.scrollTop;
    const high = this.element.clientHeight || 400;
    const first = Math.max(0, Math.floor(top / this.height) - AROUND);
    const last = Math.min(this.count, Math.ceil((top + high) / this.height) + AROUND);
    for (const [index, element] of this.made) {
      if (index >= first && index < last) continue;
      element.remove();
      this.made.delete(index);
    }
    for (let index = last - 1; index >= first; index -= 1) {
      if (this.made.has(index)) continue;
      const element = this.row(index);
      element.classList.add("row");
      element.style.top = `${index * this.height}px`;
      this.made.set(index, element);
      this.rows.insertBefore(element, this.made.get(index + 1) ?? null);
    }
  }
}
