// Protocol cards (docs/cards.md): which question is next, and what the answers so far say about
// type and priority. Pure: the answers come in, what follows from them goes out.
import { language, t } from "./strings";

/** A text in several languages, by language tag; its first is the one it was written in. */
export type Said = Readonly<Record<string, string>>;

export interface CardAnswer {
  key: string;
  name: string;
  text: Said;
  means?: Said;
  priority?: number;
  type?: string;
  say?: Said;
  warn?: Said;
  /** Asking goes on with the card of this type. */
  card?: string;
  then: string | null;
}

export interface CardQuestion {
  name: string;
  text: Said;
  answers: CardAnswer[];
}

export interface Card {
  type: string;
  version: string;
  example: boolean;
  questions: CardQuestion[];
}

export type Cards = ReadonlyMap<string, Card>;
/** The answer's name by the question's name. */
export type Answers = Readonly<Record<string, string>>;

export interface Step {
  question: CardQuestion;
  answer: CardAnswer;
}

export interface Asked {
  /** The card that asks now, or asked last; null: the type has none. */
  card: Card | null;
  steps: Step[];
  next: CardQuestion | null;
  /** What an answer made of the type. */
  type: string;
  /** The most urgent of all answers; null: none set one. */
  priority: number | null;
  /** The answers that set it. */
  because: Step[];
}

/** A text in the language of the desk, of a region of it, or as it was written. */
export function inLanguage(said: Said): string {
  const wanted = language();
  const region = Object.keys(said).find((tag) => tag.startsWith(`${wanted}-`));
  return said[wanted] ?? said[region ?? ""] ?? Object.values(said)[0] ?? "";
}

/** Only forward through a card, and into each card once: it ends. */
export function walk(cards: Cards, type: string, answers: Answers): Asked {
  const asked: Asked = { card: null, steps: [], next: null, type, priority: null, because: [] };
  const entered = new Set<string>();
  const known = new Map<string, Step>();
  const all: Step[] = [];
  let card = cards.get(type);
  while (card && !entered.has(card.type)) {
    entered.add(card.type);
    asked.card = card;
    let goesOn: string | undefined;
    let question = card.questions[0];
    while (question) {
      const name = answers[question.name];
      const answer = question.answers.find((a) => a.name === name);
      if (!answer) {
        asked.next = question;
        break;
      }
      const step = { question, answer };
      all.push(step);
      if (!known.has(question.name)) known.set(question.name, step);
      asked.type = answer.type ?? asked.type;
      goesOn = answer.card;
      question = card.questions.find((q) => q.name === answer.then);
    }
    card = asked.next || goesOn === undefined ? undefined : cards.get(goesOn);
  }
  asked.steps = [...known.values()];
  const urgent = Math.min(...all.map((s) => s.answer.priority ?? Infinity));
  asked.priority = Number.isFinite(urgent) ? urgent : null;
  const setters = all.filter((s) => s.answer.priority === asked.priority);
  const names = new Set<string>();
  asked.because = setters.filter((s) => !names.has(s.question.name) && names.add(s.question.name));
  return asked;
}

/** The answer that a key press gives: its key, the digit of its place, or where the key lies. */
export function answerOf(
  question: CardQuestion,
  press: { readonly key: string; readonly code: string },
): CardAnswer | undefined {
  const place = /^(?:Digit|Numpad|Key)([A-Z0-9])$/.exec(press.code)?.[1]?.toLowerCase() ?? "";
  const by = (key: string): CardAnswer | undefined => question.answers.find((a) => a.key === key);
  return by(press.key.toLowerCase()) ?? by(place) ?? question.answers[Number(place || 0) - 1];
}

const comma = (): string => (language() === "ar" ? "، " : ", ");

/** "unconscious, not breathing" */
export function reasonText(asked: Asked): string {
  const fact = ({ question, answer }: Step): string =>
    answer.means
      ? inLanguage(answer.means)
      : `${inLanguage(question.text)} ${inLanguage(answer.text)}`;
  return asked.because.map(fact).join(comma());
}

/** What goes into the record: what was asked, what was answered, and why the priority. */
export function recordText(asked: Asked, label: string, chosen: number | null): string {
  const { card, steps, priority } = asked;
  if (!card || steps.length === 0) return "";
  const lines = [t("card.record", { label, version: card.version })];
  for (const { question, answer } of steps) {
    lines.push(`${inLanguage(question.text)} ${inLanguage(answer.text)}`);
  }
  if (priority !== null) lines.push(t("card.because", { n: priority, reason: reasonText(asked) }));
  if (chosen !== null && priority !== null && chosen !== priority) {
    lines.push(t("card.byHand", { n: chosen }));
  }
  return lines.join("\n");
}
