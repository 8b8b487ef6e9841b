// The texts of the console in English: a column of the rows, which the build writes out here.
import { type Texts, column } from "../strings";

export const en: Texts = column(0);
