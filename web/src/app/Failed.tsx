import { Button } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { useProblemWords } from "../i18n/problem";
import { Narrow } from "../ui/Narrow";

/** A page that could not be shown: what happened, and a way on. */
export function Failed({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const router = useRouter();
  return (
    <Narrow title={t("state.failed")} intro={words.whole(error)}>
      <Button onClick={() => void router.invalidate()}>{t("state.again")}</Button>
    </Narrow>
  );
}
