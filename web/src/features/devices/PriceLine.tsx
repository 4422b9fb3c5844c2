import { Group, Text } from "@mantine/core";
import { IconCoin, IconInfoCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Price } from "../../api/types";
import { money } from "../../ui/money";
import "./words";

/** What the next device costs, said before it is added: nothing hidden in a bill. */
export function PriceLine({ price }: { price: Price | undefined }) {
  const { t, i18n } = useTranslation("devices");
  if (!price) return <Text size="sm" mih={22} />;
  const { next, included, present } = price;
  const Icon = next ? IconCoin : IconInfoCircle;
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start" p="sm" className={next ? "needs-you" : "waiting"} role="status">
      <Icon size={20} aria-hidden="true" className="beside" color={next ? "var(--rw-needs-you)" : "var(--mantine-color-anchor)"} />
      <div>
        <Text size="sm" fw={600}>
          {next ? t("price.costs", { monthly: money(next.monthly, i18n.language) }) : t("price.free")}
        </Text>
        <Text size="sm">
          {next
            ? t("price.thisMonth", { count: next.days, amount: money(next.thisMonth, i18n.language), included })
            : t("price.included", { included, present })}
        </Text>
      </div>
    </Group>
  );
}
