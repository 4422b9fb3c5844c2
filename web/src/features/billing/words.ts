import { addWords } from "../../i18n";
import de from "../../i18n/de/billing.json";
import en from "../../i18n/en/billing.json";

addWords("billing", { en, de });
