// SPDX-License-Identifier: Apache-2.0
import { Button, Group, List, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconPlayerPlay, IconReload } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem, client, unwrap } from "../../api/client";
import { jobQuery } from "../../api/queries";
import type { Progress } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { ProblemAlert } from "../../components/ProblemAlert";

type Verb = "retry" | "resume";
type Doubtful = { step: number; title: string; target: string };
type Said = Record<number, "repeat" | "skip">;
type Props = { id: string; progress: Progress; onReopened: () => void };

/** Targets named in one line; the rest is counted. */
const NAMED = 6;

/** Going on with a job that has ended without being good everywhere. */
export function Again({ id, progress, onReopened }: Props) {
  const [verb, setVerb] = useState<Verb | null>(null);
  if (progress.totals.completed === progress.totals.total) return null;
  return (
    <>
      {progress.status === "interrupted" && (
        <Button size="sm" leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => setVerb("resume")}>
          Resume
        </Button>
      )}
      <Button
        size="sm"
        variant="default"
        leftSection={<IconReload size={16} aria-hidden />}
        onClick={() => setVerb("retry")}
      >
        Retry
      </Button>
      {verb && (
        <Ask
          id={id}
          verb={verb}
          progress={progress}
          onClose={() => setVerb(null)}
          onReopened={() => {
            setVerb(null);
            onReopened();
          }}
        />
      )}
    </>
  );
}

function Ask({ id, verb, progress, onClose, onReopened }: Props & { verb: Verb; onClose: () => void }) {
  const [said, setSaid] = useState<Said>({});
  const go = useGo(id, verb, onReopened);
  const problem = go.error ? asProblem(go.error) : null;
  const asked = problem?.code === "repeat-or-skip" ? byStep(problem.context?.cells as Doubtful[]) : [];
  const left = progress.totals.total - progress.totals.completed;
  return (
    <Dialog opened onClose={onClose} title={verb === "retry" ? "Retry this job" : "Resume this job"} size="lg">
      <Stack gap="md">
        <Text size="sm">
          {verb === "retry"
            ? `${left} of ${progress.totals.total} targets did not end well. Each goes on from the step that did not.`
            : "Targets that were held up go on at the first step that was not done there. Those that failed stay as they are."}{" "}
          What is done is not done again, and good targets are left alone. It is the same playbook, so its approval has
          to hold still.
        </Text>
        {asked.length > 0 && (
          <Text size="sm" fw={600}>
            Nobody knows whether this was done, and doing it twice may do harm. Look at the machines first.
          </Text>
        )}
        {asked.map(([step, cells]) => (
          <Group key={step} justify="space-between" wrap="nowrap">
            <Text size="sm">
              Step {step}, {cells[0]?.title}:{" "}
              {cells
                .slice(0, NAMED)
                .map((cell) => cell.target)
                .join(", ")}
              {cells.length > NAMED && ` and ${cells.length - NAMED} more`}
            </Text>
            <SegmentedControl
              aria-label={`Step ${step}`}
              size="xs"
              value={said[step] ?? ""}
              onChange={(value) => setSaid({ ...said, [step]: value as "repeat" | "skip" })}
              data={[
                { value: "repeat", label: "Do it again" },
                { value: "skip", label: "Take it as done" },
              ]}
            />
          </Group>
        ))}
        {problem && asked.length === 0 && <ProblemAlert error={go.error as Error} />}
        <List size="sm" className="quiet">
          <List.Item>
            In a terminal: opsc {verb} {id.slice(-8)}
          </List.Item>
        </List>
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button loading={go.isPending} disabled={asked.some(([step]) => !said[step])} onClick={() => go.mutate(said)}>
            {verb === "retry" ? "Retry" : "Resume"}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function byStep(cells: Doubtful[] | undefined): [number, Doubtful[]][] {
  const steps = new Map<number, Doubtful[]>();
  for (const cell of cells ?? []) steps.set(cell.step, [...(steps.get(cell.step) ?? []), cell]);
  return [...steps];
}

function useGo(id: string, verb: Verb, onReopened: () => void) {
  const queries = useQueryClient();
  const params = { path: { job_id: id } };
  return useMutation({
    mutationFn: (said: Said) => {
      const of = (answer: "repeat" | "skip") => Object.keys(said).filter((step) => said[Number(step)] === answer);
      const body = { repeat: of("repeat"), skip: of("skip") };
      if (verb === "retry") return unwrap(client.POST("/api/jobs/{job_id}/retry", { params, body }));
      return unwrap(client.POST("/api/jobs/{job_id}/resume", { params, body }));
    },
    onSuccess: (job) => {
      queries.setQueryData(jobQuery(id).queryKey, job);
      onReopened();
    },
  });
}
