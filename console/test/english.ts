// What every unit test begins with: the texts of the two languages that tests change between.
import { setLanguage } from "../src/say";

await setLanguage("pt");
await setLanguage("en");
