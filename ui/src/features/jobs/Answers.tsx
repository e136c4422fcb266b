// SPDX-License-Identifier: Apache-2.0
import { Card, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answersQuery } from "../../api/queries";
import type { Progress } from "../../api/types";
import { AnswerTable } from "../../components/AnswerTable";

type Props = { id: string; progress: Progress };

/** What the targets answered: a table for each step that answers something. */
export function Answers({ id, progress }: Props) {
  // Asked again whenever another step is done, so that answers come while the job runs.
  const done = progress.steps.filter((step) => step.status === "done").length;
  const answers = useQuery({ ...answersQuery(id, done, progress.status), enabled: done > 0 });
  if (!answers.data?.length) return null;
  return (
    <Card withBorder padding="md" component="section" aria-label="Answers">
      <Stack gap="lg">
        {answers.data.map(({ step, title, answer }) => {
          const heading = `Step ${step}: ${title}`;
          return (
            <Stack key={step} gap="xs">
              <Title order={2} size="h5">
                {heading}
              </Title>
              <AnswerTable answer={answer} label={heading} records={false} />
            </Stack>
          );
        })}
      </Stack>
    </Card>
  );
}
