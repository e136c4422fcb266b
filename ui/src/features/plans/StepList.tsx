// SPDX-License-Identifier: Apache-2.0
import { Stack, Text } from "@mantine/core";
import type { Step } from "../../api/types";
import { Pill } from "../../components/Pill";
import { RISK } from "../../lib/tones";
import classes from "./plans.module.css";

/** The steps in order: what each does with which values, where, how risky and how it is undone. */
export function StepList({ steps, total }: { steps: Step[]; total: number }) {
  return (
    <section aria-labelledby="steps-title">
      <Text fw={600} mb={6} id="steps-title">
        Steps
      </Text>
      <ol className={classes.steps}>
        {steps.map((step, index) => (
          // A step is its place in the plan.
          <PlanStep key={index} number={index + 1} step={step} total={total} />
        ))}
      </ol>
    </section>
  );
}

function PlanStep({ number, step, total }: { number: number; step: Step; total: number }) {
  const risk = step.risk && RISK[step.risk.level];
  return (
    <li className={classes.step}>
      <span className={classes.number} aria-hidden>
        {number}
      </span>
      <Stack gap={2} miw={0}>
        <Text fw={500}>{step.title || step.intent}</Text>
        <Parameters params={step.params} />
        <Text size="sm" className="quiet">
          {[...notes(step, total)].join(" · ")}
        </Text>
        {step.risk && step.risk.reasons.length > 0 && step.risk.level !== "low" && (
          <Text size="sm">{step.risk.reasons.join(" ")}</Text>
        )}
      </Stack>
      {risk && (
        <div>
          <Pill tone={risk.tone} glyph={risk.glyph}>
            {risk.word}
          </Pill>
        </div>
      )}
    </li>
  );
}

function* notes(step: Step, total: number): Generator<string> {
  if (step.hosts && step.hosts.length < total) yield `on ${step.hosts.length} of ${total} targets`;
  if (step.when.length > 0) yield "only where its condition holds";
  if (step.origin === "policy") yield "added for safety";
  if (step.read_only) yield "changes nothing";
  else if (step.undo) yield `undo: ${step.undo}`;
  else if (step.irreversible) yield `cannot be undone: ${step.irreversible}`;
}

function Parameters({ params }: { params: Step["params"] }) {
  const given = Object.entries(params).filter(([, value]) => value !== null && value !== undefined);
  if (given.length === 0) return null;
  return (
    <dl className={classes.params}>
      {given.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="mono">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
