// SPDX-License-Identifier: Apache-2.0
import { Anchor, Blockquote, Button, Card, Group, Stack, Text, Title, VisuallyHidden } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Plan, PlanView } from "../../api/types";
import { AnswerTable } from "../../components/AnswerTable";
import { Pill } from "../../components/Pill";
import { ago, dateAndTime } from "../../lib/format";
import { planLook, RISK } from "../../lib/tones";
import { SaveRunbook } from "../runbooks/SaveRunbook";
import { MakeSchedule } from "../schedules/MakeSchedule";
import { Explanation } from "./Explanation";
import { Missed } from "./Missed";
import { PlanFacts } from "./PlanFacts";
import { Playbook } from "./Playbook";
import { Proceed } from "./Proceed";
import classes from "./plans.module.css";
import { Questions } from "./Questions";
import { Refusal } from "./Refusal";
import { StepList } from "./StepList";
import { TargetList } from "./TargetList";

/** Levels whose reasons stand at the top too; those of the others stand at their steps. */
const GRAVE: ReadonlySet<string> = new Set(["high", "critical"]);

/** What a request was understood as, and what can be done with it. */
export function PlanCard({ view }: { view: PlanView }) {
  const { plan } = view;
  const asking = view.status === "draft" && plan.questions.length > 0;
  return (
    <>
      <Request view={view} />
      {plan.steps.length === 0 && <VisuallyHidden component="h1">{plan.title || "Plan"}</VisuallyHidden>}
      {plan.refusal && <Refusal refusal={plan.refusal} />}
      {asking && <Questions view={view} />}
      {plan.answer && (
        <Card withBorder padding="lg" component="section" aria-labelledby="plan-title" className={classes.plan}>
          <Stack gap="lg">
            <Heading view={view} />
            <AnswerTable answer={plan.answer} />
          </Stack>
        </Card>
      )}
      {plan.steps.length > 0 && !plan.answer && (
        <Card withBorder padding="lg" component="section" aria-labelledby="plan-title" className={classes.plan}>
          <Stack gap="lg">
            <Heading view={view} />
            <Explanation lines={plan.explanation} obstacles={plan.obstacles} />
            <PlanFacts view={view} />
            <TargetList targets={plan.targets} />
            <StepList steps={plan.steps} total={plan.targets.resolved.length} />
            {view.commit && <Playbook id={plan.id} lint={view.lint} />}
            <Proceed view={view} />
          </Stack>
        </Card>
      )}
      <Group justify="flex-end" gap="xs">
        {canBeWritten(plan) && (
          <>
            <Button
              renderRoot={(props) => <Link {...props} to="/write" search={{ plan: plan.id }} />}
              variant="subtle"
              size="compact-sm"
            >
              Change by hand
            </Button>
            <SaveRunbook plan={plan} />
            {view.commit && <MakeSchedule plan={plan} />}
          </>
        )}
      </Group>
      {plan.provenance?.planner !== "document" && <Missed key={plan.id} id={plan.id} />}
    </>
  );
}

/** Whether a document can give the plan: it does something, and takes nothing back. */
function canBeWritten(plan: Plan) {
  return plan.outcome !== "refuse" && plan.steps.length > 0 && plan.steps.every((step) => !step.undo_of);
}

function Request({ view }: { view: PlanView }) {
  const { follows, runbook, provenance, text } = view.plan;
  const byHand = provenance?.planner === "document";
  return (
    <Stack gap={6}>
      {runbook && (
        <Text size="sm" className="quiet">
          From the runbook{" "}
          <Anchor component={Link} to={`/runbooks/${encodeURIComponent(runbook.name)}`} inherit underline="always">
            {runbook.name}
          </Anchor>
          , version {runbook.version}
        </Text>
      )}
      <Blockquote
        p="md"
        color="conductor"
        cite={`— ${view.actor}, ${ago(view.created_at)}`}
        aria-label={byHand ? "What it is for" : "The request"}
      >
        <span title={dateAndTime(view.created_at)}>{text || (byHand ? "Written by hand" : "")}</span>
      </Blockquote>
      {follows && (
        <Text size="sm" className="quiet">
          Follows up{" "}
          <Anchor component={Link} to={`/plans/${follows}`} inherit underline="always">
            plan …{follows.slice(-8)}
          </Anchor>
        </Text>
      )}
    </Stack>
  );
}

function Heading({ view }: { view: PlanView }) {
  const { plan, status } = view;
  const look = planLook(status, plan.needs_approval);
  const risk = plan.risk && RISK[plan.risk.level];
  return (
    <Stack gap={6}>
      <Group justify="space-between" align="start" className={classes.heading}>
        <Title order={1} size="h3" id="plan-title">
          {plan.title || "Plan"}
        </Title>
        <Group gap="xs" wrap="nowrap">
          {risk && (
            <Pill tone={risk.tone} glyph={risk.glyph}>
              {risk.word}
            </Pill>
          )}
          <Pill tone={look.tone} glyph={look.glyph}>
            {look.word}
          </Pill>
        </Group>
      </Group>
      {plan.risk && GRAVE.has(plan.risk.level) && (
        <Text size="sm" className="quiet">
          {plan.risk.reasons.join(" ")}
        </Text>
      )}
    </Stack>
  );
}
