// Texts of a page that few open: one file a language, fetched with the page, so that nobody who
// never opens it fetches them, and nobody another language.
import { type Language, type Params, followLanguage, language } from "./strings";

export type WordFiles<Key extends string> = Readonly<
  Record<Language, () => Promise<{ words: Readonly<Record<Key, string>> }>>
>;

export class PageWords<Key extends string> {
  private table: Readonly<Record<Key, string>> | null = null;

  constructor(readonly files: WordFiles<Key>) {}

  /** Before the first text; from then on they are those of the desk's language. */
  async load(): Promise<void> {
    if (this.table) return;
    await this.take(language());
    followLanguage((other) => this.take(other));
  }

  private async take(code: Language): Promise<void> {
    this.table = (await this.files[code]()).words;
  }

  text(key: Key, params: Params = {}): string {
    const text = this.table?.[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (mark, name: string) => String(params[name] ?? mark));
  }
}
