import { addProblems, addWords } from "../../i18n";
import de from "../../i18n/de/messages.json";
import en from "../../i18n/en/messages.json";

addWords("messages", { en, de });
addProblems({ en: en.problems, de: de.problems });
