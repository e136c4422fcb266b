// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconShieldX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Plan } from "../../api/types";

/** Why nothing will be done, and what could be instead. */
export function Refusal({ refusal }: { refusal: NonNullable<Plan["refusal"]> }) {
  return (
    <Alert
      role="alert"
      variant="outline"
      color="var(--opsc-bad)"
      icon={<IconShieldX aria-hidden />}
      title="This will not be done"
    >
      <Text>{refusal.text}</Text>
      {refusal.nearest.length > 0 && (
        <Text size="sm" mt="xs" className="quiet">
          What can be done instead: {refusal.nearest.join("; ")}.
        </Text>
      )}
      <Group mt="sm">
        <Button component={Link} to="/" variant="default" size="compact-sm">
          Say something else
        </Button>
      </Group>
    </Alert>
  );
}
