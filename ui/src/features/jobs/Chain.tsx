// SPDX-License-Identifier: Apache-2.0
import { Anchor, Card, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { chainQuery } from "../../api/queries";
import type { ChainStep, JobStatus } from "../../api/types";
import { Pill } from "../../components/Pill";
import { CHAIN } from "../../lib/tones";

/** What started the job, and which runbooks follow it; nothing where neither is there. */
export function Chain({ id, status }: { id: string; status: JobStatus }) {
  const chain = useQuery(chainQuery(id, status));
  if (!chain.data) return null;
  const { schedule, after_job_id, steps } = chain.data;
  if (!schedule && !after_job_id && steps.length === 0) return null;
  return (
    <Card withBorder padding="md" component="section" aria-label="Before and after this job">
      <Stack gap="xs">
        {schedule && (
          <Text size="sm">
            Started by the schedule{" "}
            <Anchor component={Link} to={`/schedules/${encodeURIComponent(schedule)}`} inherit underline="always">
              {schedule}
            </Anchor>
          </Text>
        )}
        {after_job_id && (
          <Text size="sm">
            Follows{" "}
            <Anchor component={Link} to={`/jobs/${after_job_id}`} inherit underline="always">
              job …{after_job_id.slice(-8)}
            </Anchor>
          </Text>
        )}
        {steps.map((step) => (
          <Follower key={step.id} step={step} />
        ))}
      </Stack>
    </Card>
  );
}

function Follower({ step }: { step: ChainStep }) {
  const look = CHAIN[step.status];
  const to = step.job_id ? `/jobs/${step.job_id}` : step.plan_id ? `/plans/${step.plan_id}` : null;
  return (
    <Group gap="sm">
      <Text size="sm">
        On {step.link.on}:{" "}
        <Anchor component={Link} to={`/runbooks/${encodeURIComponent(step.link.runbook)}`} inherit underline="always">
          {step.link.runbook}
        </Anchor>
      </Text>
      <Pill tone={look.tone} glyph={look.glyph}>
        {look.word}
      </Pill>
      {to && (
        <Anchor component={Link} to={to} size="sm" underline="always">
          {step.job_id ? "the job" : step.status === "waiting" ? "look at its plan and approve it" : "its plan"}
        </Anchor>
      )}
      {step.reason && step.status !== "waiting" && (
        <Text size="sm" className="quiet">
          {step.reason}
        </Text>
      )}
    </Group>
  );
}
