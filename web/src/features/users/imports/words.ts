import { addWords } from "../../../i18n";
import de from "../../../i18n/de/imports.json";
import en from "../../../i18n/en/imports.json";

addWords("imports", { en, de });
