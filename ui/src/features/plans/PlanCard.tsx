// SPDX-License-Identifier: Apache-2.0
import { Anchor, Blockquote, Card, Group, Stack, Text, Title, VisuallyHidden } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { PlanView } from "../../api/types";
import { AnswerTable } from "../../components/AnswerTable";
import { Pill } from "../../components/Pill";
import { ago, dateAndTime } from "../../lib/format";
import { planLook, RISK } from "../../lib/tones";
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
      <Missed key={plan.id} id={plan.id} />
    </>
  );
}

function Request({ view }: { view: PlanView }) {
  const { follows } = view.plan;
  return (
    <Stack gap={6}>
      <Blockquote p="md" color="conductor" cite={`— ${view.actor}, ${ago(view.created_at)}`} aria-label="The request">
        <span title={dateAndTime(view.created_at)}>{view.plan.text}</span>
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
