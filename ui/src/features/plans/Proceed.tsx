// SPDX-License-Identifier: Apache-2.0
import { Anchor, Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { planJobsQuery, planScheduleQuery } from "../../api/queries";
import type { PlanView, Priority } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { ago, count } from "../../lib/format";
import { JOB, SCHEDULE } from "../../lib/tones";
import { useProceed, useReject } from "./decisions";
import { PriorityField } from "./PriorityField";
import classes from "./plans.module.css";

const CLOSED: Partial<Record<PlanView["status"], string>> = {
  draft: "Answer the questions above; then it can be approved.",
  rejected: "This plan was rejected. Make a new one from the request.",
  superseded: "A later version took this plan's place.",
  answered: "This is answered from the records; nothing is to run.",
};

/** Approve exactly what is shown and run it, or say why not. */
export function Proceed({ view }: { view: PlanView }) {
  const [standing, setStanding] = useState(false);
  const [priority, setPriority] = useState<Priority>("normal");
  const proceed = useProceed(view, standing, priority);
  const reject = useReject(view);
  const [rejecting, setRejecting] = useState(false);
  const jobs = useQuery({
    ...planJobsQuery(view.plan.id),
    enabled: view.status === "approved" || !view.plan.needs_approval,
  });
  const timed = Boolean(view.plan.options.schedule);
  const schedule = useQuery({ ...planScheduleQuery(view.plan.id), enabled: timed });
  const last = jobs.data?.items[0];
  const stuck = view.plan.obstacles.length > 0 && view.plan.questions.length === 0;
  const closed = stuck
    ? "This was understood, and cannot be run yet: the lines marked ✗ say why."
    : CLOSED[view.status];
  const red = view.lint.status === "red";
  if (closed) {
    return (
      <Text className={`${classes.bar} quiet`} size="sm">
        {closed}
      </Text>
    );
  }
  return (
    <Stack className={classes.bar} gap="sm">
      {proceed.isError && <ProblemAlert error={proceed.error} />}
      {reject.isError && <ProblemAlert error={reject.error} />}
      {rejecting ? (
        <RejectForm pending={reject.isPending} onReject={reject.mutate} onBack={() => setRejecting(false)} />
      ) : (
        <Group justify="space-between">
          <Text size="sm" className="quiet" aria-live="polite">
            {proceed.isPending ? proceed.stage : said(view, last !== undefined)}{" "}
            {schedule.data && (
              <Anchor
                component={Link}
                to={`/schedules/${encodeURIComponent(schedule.data.schedule.name)}`}
                inherit
                underline="always"
              >
                Schedule {schedule.data.schedule.name}: {SCHEDULE[schedule.data.state].word.toLowerCase()}
              </Anchor>
            )}
            {last && (
              <Anchor component={Link} to={`/jobs/${last.id}`} inherit underline="always">
                It ran {ago(last.created_at)}: {JOB[last.status].word.toLowerCase()}
              </Anchor>
            )}
          </Text>
          <Group gap="sm">
            {view.plan.runbook && view.plan.needs_approval && !timed && (
              <Checkbox
                size="sm"
                label="Also for chains, 90 days"
                title="Holds for every job of this runbook version in chains, while nothing of the plan would change."
                checked={standing}
                onChange={(event) => setStanding(event.currentTarget.checked)}
              />
            )}
            {!timed && <PriorityField value={priority} onChange={setPriority} />}
            <Button variant="default" disabled={proceed.isPending} onClick={() => setRejecting(true)}>
              Reject
            </Button>
            <Button
              loading={proceed.isPending}
              disabled={red}
              leftSection={<IconPlayerPlay size={18} aria-hidden />}
              onClick={() => proceed.mutate()}
            >
              {timed ? timedVerb(view) : last ? "Run again" : view.plan.needs_approval ? "Proceed" : "Run"}
            </Button>
          </Group>
        </Group>
      )}
    </Stack>
  );
}

const timedVerb = (view: PlanView) =>
  view.plan.needs_approval && view.status !== "approved" ? "Approve the schedule" : "Put in force";

function said({ lint, plan, status }: PlanView, ran: boolean): string {
  if (lint.status === "red") return "The playbook did not pass its checks, so it cannot be run.";
  const scope = `${count(plan.steps.length, "step")} on ${count(plan.targets.resolved.length, "target")}`;
  if (plan.options.schedule) {
    return plan.needs_approval
      ? `You approve every run of exactly this for 90 days: ${scope}.`
      : `It only reads, so its schedule needs no approval: ${scope}.`;
  }
  if (!plan.needs_approval) return `It only reads, so it needs no approval: ${scope}.`;
  return status === "approved" && !ran ? `Approved: ${scope}.` : `You approve exactly this: ${scope}.`;
}

type RejectProps = { pending: boolean; onReject: (comment: string) => void; onBack: () => void };

function RejectForm({ pending, onReject, onBack }: RejectProps) {
  const [comment, setComment] = useState("");
  return (
    <Group
      component="form"
      align="end"
      onSubmit={(event) => {
        event.preventDefault();
        onReject(comment.trim());
      }}
    >
      <TextInput
        flex={1}
        data-autofocus
        label="What should be different?"
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
      <Button variant="default" onClick={onBack}>
        Back
      </Button>
      <Button type="submit" color="var(--mantine-color-red-8)" loading={pending} disabled={!comment.trim()}>
        Reject plan
      </Button>
    </Group>
  );
}
