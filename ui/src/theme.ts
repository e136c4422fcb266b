// SPDX-License-Identifier: Apache-2.0
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const conductor: MantineColorsTuple = [
  "#eef1ff",
  "#dce1fb",
  "#b8c1f3",
  "#919fec",
  "#7182e5",
  "#5c70e2",
  "#4a5fd9",
  "#3b4fd1",
  "#3043b4",
  "#24348f",
];

export const theme = createTheme({
  primaryColor: "conductor",
  primaryShade: { light: 7, dark: 6 },
  colors: { conductor },
  defaultRadius: "md",
  fontFamily:
    '"Inter", "Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SFMono-Regular", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace',
  headings: { fontWeight: "650" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
  },
});
