// SPDX-License-Identifier: Apache-2.0
import { Card, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answersQuery } from "../../api/queries";
import type { Progress, StepAnswer } from "../../api/types";
import { cell } from "../../lib/format";
import classes from "./jobs.module.css";

type Props = { id: string; progress: Progress };

/** What the targets answered: a table for each step that answers something. */
export function Answers({ id, progress }: Props) {
  // Asked again whenever another step is done, so that answers come while the job runs.
  const done = progress.steps.filter((step) => step.status === "done").length;
  const answers = useQuery({ ...answersQuery(id, done, progress.status), enabled: done > 0 });
  if (!answers.data?.length) return null;
  return (
    <Card withBorder padding="md" component="section" aria-label="Answers">
      {answers.data.map((told) => (
        <StepTable key={told.step} told={told} />
      ))}
    </Card>
  );
}

function StepTable({ told: { step, title, answer } }: { told: StepAnswer }) {
  const heading = `Step ${step}: ${title}`;
  return (
    <section aria-label={heading}>
      <Title order={2} size="h5">
        {heading}
      </Title>
      <Text size="sm" className="quiet" mb="xs">
        {answer.summary}
      </Text>
      {answer.rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <div className={classes.answer} tabIndex={0} role="region" aria-label={`${heading}: table`}>
          <Table stickyHeader striped withRowBorders={false} aria-label={heading}>
            <Table.Thead>
              <Table.Tr>
                {answer.columns.map((column) => (
                  <Table.Th key={column}>{column}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {answer.rows.map((row, n) => (
                <Table.Tr key={n}>
                  {row.map((value, at) => (
                    <Table.Td key={answer.columns[at]} className={classes.answerCell}>
                      {cell(value, answer.units[at])}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {answer.total > answer.rows.length && (
        <Text size="sm" className="quiet">
          The first {answer.rows.length} of {answer.total} rows.
        </Text>
      )}
    </section>
  );
}
