import { addWords } from "../../i18n";
import de from "../../i18n/de/routing.json";
import en from "../../i18n/en/routing.json";

addWords("routing", { en, de });
