// The texts of the console in Portuguese: a column of the rows, which the build writes out here.
import { type Texts, column } from "../strings";

export const pt: Texts = column(1);
