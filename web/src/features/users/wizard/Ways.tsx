import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Back on the left, on on the right, and a way out that loses nothing. */
export function Ways({ back, next, later, label, loading = false }: { back?: () => void; next?: () => void; later?: () => void; label: string; loading?: boolean }) {
  const { t } = useTranslation(["app", "wizard"]);
  return (
    <Group justify="space-between" mt="lg">
      {back ? (
        <Button variant="default" onClick={back}>
          {t("action.back")}
        </Button>
      ) : (
        <span />
      )}
      <Group gap="sm">
        {later && (
          <Button variant="subtle" onClick={later}>
            {t("wizard:later")}
          </Button>
        )}
        <Button type={next ? "button" : "submit"} onClick={next} loading={loading}>
          {label}
        </Button>
      </Group>
    </Group>
  );
}
