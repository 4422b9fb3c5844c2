import { Anchor, Box, Button, Collapse, Group, ScrollArea, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { availabilityQuery, extensionsQuery } from "../../api/queries";
import "./words";

const DIGITS = /^\d{1,6}$/;

/** An extension: says at once whether it is free, whose it is or why it is reserved, and shows who has which. */
export function ExtensionPicker({ value, onChange, onTake = onChange, own, error, autoFocus }: { value: string; onChange: (number: string) => void; onTake?: (number: string) => void; own?: string; error?: string; autoFocus?: boolean }) {
  const { t } = useTranslation("routing");
  const [asked] = useDebouncedValue(value, 200);
  const [open, taken] = useDisclosure(false);
  const fits = DIGITS.test(asked);
  const answer = useQuery({ ...availabilityQuery(asked), enabled: fits && asked !== own });
  const first = useQuery({ ...availabilityQuery("10"), enabled: !value });
  const extensions = useQuery({ ...extensionsQuery, enabled: open });
  const verdict = value === asked ? answer.data : undefined;
  const proposal = value ? (verdict && !verdict.free ? verdict.proposal : undefined) : first.data && (first.data.free ? first.data.number : first.data.proposal);

  let said: { text: string; good: boolean } | undefined;
  if (value && !DIGITS.test(value)) said = { text: t("extension.invalid"), good: false };
  else if (value && value === own) said = undefined;
  else if (verdict?.free) said = { text: t("extension.free", { number: verdict.number }), good: true };
  else if (verdict?.owner) said = { text: t("extension.takenBy", { number: verdict.number, owner: verdict.owner.name, proposal: verdict.proposal ?? "" }), good: false };
  else if (verdict) {
    const why = verdict.reason === "emergency" ? "emergency" : verdict.reason === "service" ? "service" : "other";
    said = { text: `${t("extension.reserved", { number: verdict.number, why: t(`extension.why.${why}`) })} ${verdict.proposal ? t("extension.proposal", { proposal: verdict.proposal }) : ""}`.trim(), good: false };
  }

  return (
    <Box>
      <Group align="flex-end" gap="xs">
        <TextInput
          label={t("extension.label")}
          description={t("extension.hint")}
          inputMode="numeric"
          autoComplete="off"
          maxLength={6}
          w={280}
          value={value}
          autoFocus={autoFocus}
          error={Boolean(error) || said?.good === false}
          onChange={(event) => onChange(event.currentTarget.value.trim())}
        />
        {proposal && (
          <Button variant="default" onClick={() => onTake(proposal)}>
            {t("extension.use", { proposal })}
          </Button>
        )}
      </Group>
      <Text size="sm" mt={6} mih={20} role="status" c={said?.good ? "var(--rw-good)" : "var(--rw-danger)"}>
        {error ?? said?.text}
      </Text>
      <Anchor component="button" type="button" size="sm" onClick={taken.toggle} aria-expanded={open}>
        {t("extension.showTaken")}
      </Anchor>
      <Collapse expanded={open}>
        <ScrollArea.Autosize mah={220} type="auto" mt="xs" viewportProps={{ tabIndex: 0, "aria-label": t("extension.takenList"), role: "region" }}>
          <Table aria-label={t("extension.takenList")} verticalSpacing={4}>
            <Table.Tbody>
              {extensions.data?.map((extension) => (
                <Table.Tr key={extension.id}>
                  <Table.Th scope="row" w={80}>
                    {extension.number}
                  </Table.Th>
                  <Table.Td>{extension.owner.name}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
      </Collapse>
    </Box>
  );
}
