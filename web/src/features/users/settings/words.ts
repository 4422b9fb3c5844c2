import { addWords } from "../../../i18n";
import de from "../../../i18n/de/settings.json";
import en from "../../../i18n/en/settings.json";

addWords("settings", { en, de });
