// SPDX-License-Identifier: Apache-2.0
import { Card, Text, Title, UnstyledButton } from "@mantine/core";
import type { Progress } from "../../api/types";
import { duration } from "../../lib/format";
import type { Place } from "./JobPage";
import classes from "./jobs.module.css";

/** Lines in the page. */
const SHOWN = 20;

type Props = { progress: Progress; onOpen: (place: Place) => void };

/** Steps that run on a target much longer than they usually do there, or than on the others. */
export function Stuck({ progress, onOpen }: Props) {
  const stuck = progress.stuck ?? [];
  if (stuck.length === 0) return null;
  return (
    <Card withBorder padding="md" component="section" aria-label="Longer than usual">
      <Title order={2} size="h5" mb="xs">
        Longer than usual
      </Title>
      {stuck.slice(0, SHOWN).map((cell) => (
        <UnstyledButton
          key={`${cell.step} ${cell.target}`}
          className={classes.failure}
          onClick={() => onOpen({ step: cell.step, target: progress.targets.indexOf(cell.target) })}
        >
          <Text size="sm" component="span" className="toned tone-change">
            <span aria-hidden>⏳</span> <strong>{cell.target}</strong>
          </Text>{" "}
          <Text size="sm" component="span">
            step {cell.step}, {progress.steps[cell.step - 1]?.title}: for {duration(cell.seconds)}, usually{" "}
            {duration(cell.usual)} {cell.compared === "history" ? "there" : "on the others"}
          </Text>
        </UnstyledButton>
      ))}
      {stuck.length > SHOWN && (
        <Text size="sm" className="quiet">
          and {stuck.length - SHOWN} more
        </Text>
      )}
    </Card>
  );
}
