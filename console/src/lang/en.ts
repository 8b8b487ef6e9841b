// The texts of the console in English: the first of each row. The build puts the texts themselves here.
import { type Texts, column } from "../strings";

export const en: Texts = column(0);
