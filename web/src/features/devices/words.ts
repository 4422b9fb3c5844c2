import { addWords } from "../../i18n";
import de from "../../i18n/de/devices.json";
import en from "../../i18n/en/devices.json";

addWords("devices", { en, de });
