import { addWords } from "../../i18n";
import de from "../../i18n/de/operator.json";
import en from "../../i18n/en/operator.json";

addWords("operator", { en, de });
