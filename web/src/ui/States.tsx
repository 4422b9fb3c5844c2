import { Box, Button, Center, Skeleton, Stack, Text, VisuallyHidden } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { useProblemWords } from "../i18n/problem";
import { Notice } from "./Notice";

/** Rows that are on their way, as high as they will be. */
export function Loading({ rows = 6, height = 48 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap={8} aria-busy="true">
      <VisuallyHidden role="status">{t("state.loading")}</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height - 8} radius="md" />
      ))}
    </Stack>
  );
}

/** Something could not be loaded: what happened, and try again. */
export function LoadFailed({ error, again }: { error: unknown; again: () => void }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  return (
    <Notice
      kind="failed"
      title={t("state.failed")}
      action={
        <Button variant="default" size="xs" onClick={again}>
          {t("state.again")}
        </Button>
      }
    >
      {words.whole(error)}
    </Notice>
  );
}

/** Nothing here: what would be, and the next step. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Center py={48}>
      <Stack align="center" gap="xs" maw={440} ta="center">
        <Text fw={600} fz="lg">
          {title}
        </Text>
        {children && <Text c="dimmed">{children}</Text>}
        {action && <Box mt="xs">{action}</Box>}
      </Stack>
    </Center>
  );
}

/** The end of a long list: loads on by itself when it comes into view, and by a button. */
export function LoadMore({ more, loading, load }: { more: boolean; loading: boolean; load: () => void }) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDivElement>(null);
  const latest = useRef(load);
  useEffect(() => {
    latest.current = load;
  });
  useEffect(() => {
    if (!more || loading || !ref.current) return;
    // A new one after each load: it tells at once whether the end is still in view. What an old one said is out of date.
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), { rootMargin: "400px" });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [more, loading]);
  if (!more) return null;
  return (
    <Center ref={ref} py="md">
      <Button variant="default" loading={loading} onClick={load}>
        {t("action.more")}
      </Button>
    </Center>
  );
}
