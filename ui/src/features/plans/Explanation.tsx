// SPDX-License-Identifier: Apache-2.0
import { List, Text, ThemeIcon } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";

/** What the plan will do, ticked line by line. */
export function Explanation({ lines }: { lines: string[] }) {
  if (lines.length === 0) return null;
  return (
    <div>
      <Text fw={600} mb={6}>
        This will
      </Text>
      <List
        spacing={4}
        center
        icon={
          <ThemeIcon size={20} radius="xl" variant="light" color="var(--opsc-good)">
            <IconCheck size={14} aria-hidden />
          </ThemeIcon>
        }
      >
        {lines.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
    </div>
  );
}
