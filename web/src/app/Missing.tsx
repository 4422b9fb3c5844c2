import { useTranslation } from "react-i18next";

import { ButtonLink } from "../ui/links";
import { Narrow } from "../ui/Narrow";

export function Missing() {
  const { t } = useTranslation();
  return (
    <Narrow title={t("state.missing")} intro={t("state.missingHint")}>
      <ButtonLink to="/">
        {t("state.home")}
      </ButtonLink>
    </Narrow>
  );
}
