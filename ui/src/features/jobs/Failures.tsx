// SPDX-License-Identifier: Apache-2.0
import { Card, Text, Title, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { resultsQuery } from "../../api/queries";
import type { Progress, Result } from "../../api/types";
import { RESULT } from "../../lib/tones";
import type { Place } from "./JobPage";
import classes from "./jobs.module.css";

/** Failures in the page; the matrix filters the rest. */
const SHOWN = 20;
const BAD: ReadonlySet<Result["status"]> = new Set(["failed", "unreachable", "rolled_back", "unknown"]);

type Props = { id: string; progress: Progress; onOpen: (place: Place) => void };

/** What failed where and why, the first thing one wants to know. */
export function Failures({ id, progress, onOpen }: Props) {
  const { failed } = progress.totals;
  const results = useQuery({ ...resultsQuery(id, failed), enabled: failed > 0 });
  const bad = (results.data ?? []).filter((result) => BAD.has(result.status));
  if (failed === 0 || bad.length === 0) return null;
  return (
    <Card withBorder padding="md" component="section" aria-label="What failed">
      <Title order={2} size="h5" mb="xs">
        What failed
      </Title>
      {bad.slice(0, SHOWN).map((result) => (
        <UnstyledButton
          key={`${result.step} ${result.target}`}
          className={classes.failure}
          onClick={() => onOpen({ step: result.step, target: progress.targets.indexOf(result.target) })}
        >
          <Text size="sm" component="span" className="toned tone-bad">
            <span aria-hidden>{RESULT[result.status].glyph}</span> <strong>{result.target}</strong>
          </Text>{" "}
          <Text size="sm" component="span">
            step {result.step}, {progress.steps[result.step - 1]?.title}: {result.message ?? RESULT[result.status].word}
          </Text>
        </UnstyledButton>
      ))}
      {bad.length > SHOWN && (
        <Text size="sm" className="quiet">
          and {bad.length - SHOWN} more
        </Text>
      )}
    </Card>
  );
}
