// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { asProblem } from "../api/client";

/** What is wrong and what to do about it. */
export function ProblemAlert({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = asProblem(error);
  const offers = suggestions(problem.context);
  return (
    <Alert
      role="alert"
      variant="outline"
      color="var(--opsc-bad)"
      icon={<IconAlertTriangle aria-hidden />}
      title={problem.detail || problem.title}
    >
      <Group justify="space-between" align="end">
        <Text size="sm">
          {problem.remedy}
          {offers.length > 0 && ` Did you mean ${offers.map((name) => `'${name}'`).join(" or ")}?`}
        </Text>
        {retry && (
          <Button size="compact-sm" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}

function suggestions(context: Record<string, unknown> | null | undefined): string[] {
  const found = context?.suggestions;
  return Array.isArray(found) ? found.filter((item) => typeof item === "string") : [];
}
