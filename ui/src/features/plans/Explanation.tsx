// SPDX-License-Identifier: Apache-2.0
import { List, Text, ThemeIcon, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";

/** What the plan will do, ticked line by line; what keeps it from running is crossed. */
export function Explanation({ lines, obstacles }: { lines: string[]; obstacles: string[] }) {
  if (lines.length === 0) return null;
  return (
    <div>
      <Text fw={600} mb={6}>
        {obstacles.length > 0 ? "This would" : "This will"}
      </Text>
      <List spacing={4} center>
        {lines.map((line) => (
          <Line key={line} text={line} crossed={obstacles.includes(line)} />
        ))}
      </List>
    </div>
  );
}

function Line({ text, crossed }: { text: string; crossed: boolean }) {
  const Icon = crossed ? IconX : IconCheck;
  return (
    <List.Item
      icon={
        <ThemeIcon size={20} radius="xl" variant="light" color={crossed ? "var(--opsc-bad)" : "var(--opsc-good)"}>
          <Icon size={14} aria-hidden />
        </ThemeIcon>
      }
    >
      {crossed && <VisuallyHidden>Not possible yet: </VisuallyHidden>}
      {text}
    </List.Item>
  );
}
