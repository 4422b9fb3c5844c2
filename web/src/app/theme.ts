import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

// Signal blue, from a tint for backgrounds to the ink for text on it.
const signal: MantineColorsTuple = [
  "#eef3fe", "#dae5fc", "#b3c8f8", "#8aaaf3", "#668fee", "#4a78e6", "#2457d6", "#1d4abb", "#173d9c", "#10306f",
];

// Cool greys that end in ink.
const slate: MantineColorsTuple = [
  "#f6f8fb", "#eaeef4", "#dbe2ec", "#c2ccda", "#98a6ba", "#6f7f96", "#56657c", "#3e4c63", "#253652", "#10243e",
];

const dark: MantineColorsTuple = [
  "#e6ecf5", "#c5cfdd", "#a3b0c3", "#7d8ca3", "#46566f", "#2f3e57", "#223049", "#18243a", "#111b2d", "#0b1322",
];

// What destroys or failed; white on its filled shade reads at more than 5:1.
const danger: MantineColorsTuple = [
  "#fdeeec", "#fad6d2", "#f3aaa3", "#ea7b71", "#e05a4e", "#cf4035", "#b3261e", "#98201a", "#7b1a15", "#5e1310",
];

export const theme = createTheme({
  primaryColor: "signal",
  primaryShade: { light: 6, dark: 6 },
  colors: { signal, slate, gray: slate, dark, danger },
  black: "#10243e",
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  headings: { fontFamily: "'Inter Variable', system-ui, sans-serif", fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Table: { defaultProps: { borderColor: "var(--rw-edge)" } },
    Drawer: { styles: { title: { fontWeight: 650, fontSize: "1.125rem" } } },
    Modal: { styles: { title: { fontWeight: 650, fontSize: "1.125rem" } } },
    ScrollArea: { defaultProps: { offsetScrollbars: "present" } },
  },
});

// Stock values miss 4.5:1 for quiet text, placeholders and links.
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#506079",
    "--mantine-color-placeholder": "#66758c",
    "--mantine-color-anchor": "#1d4abb",
    "--mantine-color-body": "#ffffff",
    "--mantine-color-error": "#b3261e",
    "--rw-surface": "#f6f8fb",
    "--rw-edge": "#dbe2ec",
    "--rw-line": "#7d8ca3",
    "--rw-chosen": "#eef3fe",
    "--rw-good": "#13703a",
    "--rw-good-surface": "#e7f5ec",
    "--rw-needs-you": "#8a5200",
    "--rw-needs-you-surface": "#fdf3e0",
    "--rw-danger": "#b3261e",
  },
  dark: {
    "--mantine-color-signal-light": "#22386b",
    "--mantine-color-signal-light-hover": "#29437f",
    "--mantine-color-signal-light-color": "#c9d8fb",
    "--mantine-color-dimmed": "#a9b6c9",
    "--mantine-color-placeholder": "#8e9db4",
    "--mantine-color-anchor": "#9db9ff",
    "--mantine-color-body": "#111b2d",
    "--mantine-color-error": "#ff9a92",
    "--rw-surface": "#18243a",
    "--rw-edge": "#2f3e57",
    "--rw-line": "#7d8ca3",
    "--rw-chosen": "#1a2c52",
    "--rw-good": "#6fd695",
    "--rw-good-surface": "#12301f",
    "--rw-needs-you": "#f3c06b",
    "--rw-needs-you-surface": "#33290f",
    "--rw-danger": "#ff9a92",
  },
});
