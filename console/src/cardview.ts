// The card of an incident's type in a form: one question at a time, answered by one key; what was
// answered stands above it, with what is to be read out to the caller.
import {
  type Answers,
  type Asked,
  type Cards,
  answerOf,
  inLanguage,
  reasonText,
  walk,
} from "./cards";
import { el } from "./dom";
import { t } from "./strings";

export interface CardOptions {
  id: string;
  cards: () => Cards;
  /** Something was answered, or taken back. */
  answered: (asked: Asked) => void;
  /** All is answered: where to go on. */
  done: () => void;
}

export class CardView {
  readonly element = el("section", { class: "protocol", hidden: true });
  private answers: Record<string, string> = {};
  private type = "";

  constructor(private readonly options: CardOptions) {
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("click", (event) => this.click(event));
  }

  get asked(): Asked {
    return walk(this.options.cards(), this.type, this.answers);
  }

  /** The type that was chosen, from which asking begins, and the answers. */
  get state(): { type: string; answers: Answers } {
    return { type: this.type, answers: this.answers };
  }

  /** Another type: what was answered already is not asked again. */
  open(type: string, answers: Answers = this.answers): void {
    this.type = type;
    this.answers = { ...answers };
    this.draw();
  }

  clear(): void {
    this.open("", {});
  }

  private answer(name: string | undefined): void {
    const { next } = this.asked;
    if (!next || name === undefined) return;
    this.answers[next.name] = name;
    this.changed();
  }

  private back(): void {
    const last = this.asked.steps.pop();
    if (!last) return;
    delete this.answers[last.question.name];
    this.changed();
  }

  private changed(): void {
    this.draw();
    const asked = this.asked;
    this.options.answered(asked);
    if (asked.next) this.focus();
    else this.options.done();
  }

  focus(): void {
    this.element.querySelector<HTMLElement>("[role=group]")?.focus();
  }

  private key(event: KeyboardEvent): void {
    const { next } = this.asked;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Backspace") this.back();
    else {
      const answer = next && event.key.length === 1 ? answerOf(next, event) : undefined;
      if (!answer) return;
      this.answer(answer.name);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private click(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    if (button.dataset["back"] !== undefined) this.back();
    else this.answer(button.dataset["answer"]);
  }

  draw(): void {
    const asked = this.asked;
    this.element.hidden = !asked.card;
    this.element.setAttribute("aria-label", t("card.title"));
    const parts: HTMLElement[] = [];
    if (asked.card?.example) parts.push(el("p", { class: "tag warn" }, t("card.example")));
    if (asked.steps.length > 0) parts.push(this.stepsView(asked));
    if (asked.next) parts.push(this.questionView(asked));
    if (asked.priority !== null) {
      const words = t("card.because", { n: asked.priority, reason: reasonText(asked) });
      parts.push(el("p", { class: "because", role: "status" }, words));
    }
    this.element.replaceChildren(...(asked.card ? parts : []));
  }

  /** What the caller is told stands large for the newest answer, small for the ones before. */
  private stepsView({ steps }: Asked): HTMLElement {
    const list = el("ol");
    steps.forEach(({ question, answer }, i) => {
      const row = el("li", {}, `${inLanguage(question.text)} `);
      row.append(el("strong", {}, inLanguage(answer.text)));
      const newest = i === steps.length - 1;
      if (answer.warn) row.append(el("p", { class: "warning" }, `⚠ ${inLanguage(answer.warn)}`));
      if (answer.say) {
        const words = t("card.say", { words: inLanguage(answer.say) });
        row.append(el("p", { class: newest ? "say newest" : "say" }, words));
      }
      list.append(row);
    });
    const back = el("button", { type: "button", class: "quiet", "data-back": "" }, t("card.back"));
    back.append(" ", el("kbd", {}, "⌫"));
    list.append(el("li", { class: "undo" }, back));
    return list;
  }

  private questionView({ next }: Asked): HTMLElement {
    const id = `${this.options.id}-question`;
    const words = next ? inLanguage(next.text) : "";
    const group = el("div", { role: "group", tabindex: 0, "aria-labelledby": id });
    group.append(el("p", { id, class: "question" }, words));
    const answers = el("div", { class: "acts" });
    for (const { key, name, text } of next?.answers ?? []) {
      const button = el("button", { type: "button", tabindex: -1, "data-answer": name });
      button.append(el("kbd", {}, key), ` ${inLanguage(text)}`);
      answers.append(button);
    }
    group.append(answers);
    return group;
  }
}
