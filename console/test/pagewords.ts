// Checks texts that come a file a language: all there, none empty, the marks of the English ones.
import assert from "node:assert/strict";
import type { PageWords } from "../src/pagewords";
import { languages } from "../src/strings";

const marks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

export async function sameWords<Key extends string>({ files }: PageWords<Key>): Promise<void> {
  const { words: english } = await files.en();
  for (const code of languages) {
    const { words } = await files[code]();
    assert.deepEqual(Object.keys(words), Object.keys(english), code);
    for (const [key, text] of Object.entries<string>(words)) {
      assert.notEqual(text.trim(), "", `${code}: ${key}`);
      assert.deepEqual(marks(text), marks(english[key as Key]), `${code}: ${key}`);
    }
  }
}
