// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { asProblem } from "../api/client";

/** What is wrong and what to do about it. */
export function ProblemAlert({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = asProblem(error);
  const offers = suggestions(problem.context);
  const faults = faultsOf(problem.context);
  return (
    <Alert
      role="alert"
      variant="outline"
      color="var(--opsc-bad)"
      icon={<IconAlertTriangle aria-hidden />}
      title={faults.length > 1 ? problem.title : problem.detail || problem.title}
    >
      {faults.length > 1 && (
        <ul style={{ margin: "0 0 0.5rem", paddingInlineStart: "1.2rem" }}>
          {faults.map((fault) => (
            <li key={`${fault.field} ${fault.message}`}>
              <Text size="sm">
                <b>{fault.field}</b>: {fault.message} {fault.remedy}
              </Text>
            </li>
          ))}
        </ul>
      )}
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

type Fault = { field: string; message: string; remedy: string };

function faultsOf(context: Record<string, unknown> | null | undefined): Fault[] {
  const found = context?.faults;
  return Array.isArray(found) ? (found as Fault[]) : [];
}

function suggestions(context: Record<string, unknown> | null | undefined): string[] {
  const found = context?.suggestions;
  return Array.isArray(found) ? found.filter((item) => typeof item === "string") : [];
}
