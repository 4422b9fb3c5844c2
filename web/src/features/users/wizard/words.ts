import { addWords } from "../../../i18n";
import de from "../../../i18n/de/wizard.json";
import en from "../../../i18n/en/wizard.json";

addWords("wizard", { en, de });
