// What went wrong, in a sentence for the person at the desk.
import { wordsOf } from "./actwords";
import { isUnsent } from "./outbox";
import { Problem } from "./problem";
import { refusalText } from "./refusals";
import { t } from "./strings";

/** For a write: whatever else it says, nothing was recorded. */
export function problemText(error: unknown): string {
  if (!(error instanceof Problem)) return String(error);
  if (isUnsent(error)) return t("unsent.kept", { what: wordsOf(error.act) });
  if (error.status === 0) return t("error.offline");
  if (error.status === 401) return t("error.loggedOut");
  return t("error.refused", { detail: refusalText(error.detail) });
}

/** A part of the page that is fetched when it is first wanted did not come; each browser says so in
 * words of its own. */
function isPartMissing(error: unknown): boolean {
  return error instanceof TypeError && /import|module/i.test(error.message);
}

/** For what only reads, and for the forms of an account. */
export function readProblemText(error: unknown): string {
  if (isPartMissing(error)) return t("error.unreached");
  if (!(error instanceof Problem)) return String(error);
  return error.status === 0 ? t("error.unreached") : error.detail;
}

/** For a form that asks for the present password: a refusal means that it was wrong. */
export function passwordRefusal(error: unknown): string {
  const wrong = error instanceof Problem && (error.status === 401 || error.status === 403);
  return wrong ? t("account.passwordWrong") : readProblemText(error);
}
