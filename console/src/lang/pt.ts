// The texts of the console in Portuguese: the second of each row. The build puts the texts themselves here.
import { type Texts, column } from "../strings";

export const pt: Texts = column(1);
