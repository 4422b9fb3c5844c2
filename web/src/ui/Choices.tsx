import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core";
import { IconLanguage, IconSunMoon } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { chooseLanguage, languages } from "../i18n";

const schemes = ["light", "dark", "auto"] as const;

/** Language and appearance, on every page, signed in or not. */
export function Choices() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <ActionIcon.Group>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("language.label")}>
            <IconLanguage size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {languages.map((language) => (
            <Menu.Item key={language} lang={language} onClick={() => chooseLanguage(language)} fw={i18n.language === language ? 650 : undefined}>
              {t(`language.${language}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("scheme.label")}>
            <IconSunMoon size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {schemes.map((scheme) => (
            <Menu.Item key={scheme} onClick={() => setColorScheme(scheme)} fw={colorScheme === scheme ? 650 : undefined}>
              {t(`scheme.${scheme}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </ActionIcon.Group>
  );
}
