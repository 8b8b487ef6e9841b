// The first script of the page: asks for the texts of the desk's language and for the board while
// the rest, which the page asks for at the same time, is still on its way.
import { askAhead } from "./ahead";
import { startSettings } from "./settings";

startSettings().catch(() => undefined); // app.ts waits for it, and tells
askAhead().catch(() => undefined); // the desk asks again, and tells
await import("./app");
