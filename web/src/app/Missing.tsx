import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { Narrow } from "../ui/Narrow";

export function Missing() {
  const { t } = useTranslation();
  return (
    <Narrow title={t("state.missing")} intro={t("state.missingHint")}>
      <Button component={Link} to="/">
        {t("state.home")}
      </Button>
    </Narrow>
  );
}
