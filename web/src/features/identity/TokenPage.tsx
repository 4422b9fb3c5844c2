import { Button, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { unwrap } from "../../api/problem";
import { api } from "../../api/client";
import { useProblemWords } from "../../i18n/problem";
import { Choices } from "../../ui/Choices";
import { ButtonLink } from "../../ui/links";
import { Narrow } from "../../ui/Narrow";
import { Notice } from "../../ui/Notice";

const kinds = {
  confirmEmail: (token: string) => api.POST("/v1/email-confirmations/{confirmation}", { params: { path: { confirmation: token } } }),
  undoEmail: (token: string) => api.POST("/v1/email-undos/{undo}", { params: { path: { undo: token } } }),
  confirmNewsletter: (token: string) => api.POST("/v1/newsletter-confirmations/{confirmation}", { params: { path: { confirmation: token } } }),
  unsubscribe: (token: string) => api.POST("/v1/newsletter-unsubscriptions/{unsubscription}", { params: { path: { unsubscription: token } } }),
};

/** What a link in a mail does when one presses its button. Opening alone does nothing: mail scanners open links too. */
function TokenPage({ kind }: { kind: keyof typeof kinds }) {
  const { t } = useTranslation("identity");
  const words = useProblemWords();
  const queries = useQueryClient();
  const token = useRouterState({ select: (state) => state.location.hash });
  const run = useMutation({
    mutationFn: async () => {
      await unwrap<unknown>(kinds[kind](token));
    },
    onSuccess: () => queries.clear(),
  });
  if (run.isSuccess) {
    return (
      <Narrow title={t(`${kind}.doneTitle`)} width={460} corner={<Choices />}>
        <Stack>
          <Notice kind="good">{t(`${kind}.done`)}</Notice>
          <ButtonLink to={kind === "undoEmail" ? "/forgotten" : "/"}>{t(`${kind}.on`)}</ButtonLink>
        </Stack>
      </Narrow>
    );
  }
  return (
    <Narrow title={t(`${kind}.title`)} width={460} corner={<Choices />}>
      <Stack>
        <Text>{t(`${kind}.text`)}</Text>
        {!token && <Notice kind="failed">{t("link.incomplete")}</Notice>}
        {run.error && <Notice kind="failed">{words.whole(run.error)}</Notice>}
        <Button disabled={!token} loading={run.isPending} onClick={() => run.mutate()}>
          {t(`${kind}.action`)}
        </Button>
      </Stack>
    </Narrow>
  );
}

export const ConfirmEmailPage = () => <TokenPage kind="confirmEmail" />;
export const UndoEmailPage = () => <TokenPage kind="undoEmail" />;
export const ConfirmNewsletterPage = () => <TokenPage kind="confirmNewsletter" />;
export const UnsubscribePage = () => <TokenPage kind="unsubscribe" />;
