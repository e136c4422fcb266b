// SPDX-License-Identifier: Apache-2.0
import { Card, Text, Title } from "@mantine/core";
import type { Progress, ResultStatus, StepProgress } from "../../api/types";
import { count } from "../../lib/format";
import { resultLook } from "../../lib/tones";
import classes from "./jobs.module.css";

const ORDER: ResultStatus[] = [
  "running",
  "changed",
  "ok",
  "skipped",
  "failed",
  "unreachable",
  "rolled_back",
  "unknown",
  "cancelled",
  "not_run",
];
const WORD: Partial<Record<ResultStatus, string>> = { ok: "unchanged" };

/** The step list with what each step has counted: "18 running, 7 stopped". */
export function Steps({ progress }: { progress: Progress }) {
  const { steps, totals } = progress;
  return (
    <Card withBorder padding="md" component="section" aria-label="Steps" h="100%">
      <Title order={2} size="h5" mb="xs">
        Steps
      </Title>
      <ol className={classes.steps}>
        <Line glyph="✓" tone="good" title="Find the targets" state={`${count(totals.total, "target")} found`} />
        {steps.map((step) => (
          <StepLine key={step.n} step={step} dryRun={progress.dry_run ?? false} />
        ))}
      </ol>
    </Card>
  );
}

function StepLine({ step, dryRun }: { step: StepProgress; dryRun: boolean }) {
  const bad =
    (step.counts.failed ?? 0) +
    (step.counts.unreachable ?? 0) +
    (step.counts.rolled_back ?? 0) +
    (step.counts.unknown ?? 0);
  const ran = Object.keys(step.counts).some((status) => status !== "not_run" && status !== "cancelled");
  const look =
    step.status === "pending"
      ? { glyph: "·", tone: "wait" }
      : step.status === "running"
        ? { glyph: "▶", tone: "live" }
        : bad
          ? { glyph: "✗", tone: "bad" }
          : ran
            ? { glyph: "✓", tone: "good" }
            : { glyph: "–", tone: "wait" };
  return (
    <Line
      {...look}
      live={step.status === "running"}
      title={`${step.n}. ${step.title}`}
      state={tell(step, dryRun)}
      word={step.status}
    />
  );
}

type LineProps = { glyph: string; tone: string; title: string; state: string; live?: boolean; word?: string };

function Line({ glyph, tone, title, state, live, word }: LineProps) {
  return (
    <li className={classes.step} data-status={word}>
      <span className={`${classes.stepGlyph} tone-${tone} ${live ? "pulse" : ""}`} aria-hidden>
        {glyph}
      </span>
      <div>
        <Text fw={500}>{title}</Text>
        <Text size="sm" className="quiet">
          {state}
        </Text>
      </div>
    </li>
  );
}

/** What the step reports where it reports something, else how many cells ended how. */
function tell(step: StepProgress, dryRun: boolean): string {
  if (step.status === "pending")
    return ["pending", ...(step.counts.not_run ? [`${step.counts.not_run} not run`] : [])].join(", ");
  const reported = Object.entries(step.states).map(([label, n]) => `${n} ${label}`);
  const bad = new Set<ResultStatus>([
    "running",
    "failed",
    "unreachable",
    "rolled_back",
    "unknown",
    "cancelled",
    "not_run",
    ...(dryRun ? (["changed"] as const) : []),
  ]);
  const counted = ORDER.filter((status) => step.counts[status] && (reported.length === 0 || bad.has(status))).map(
    (status) =>
      `${step.counts[status]} ${WORD[status] ?? (status === "running" ? "in progress" : words(status, dryRun))}`,
  );
  return [...reported, ...counted].join(", ") || "nothing to do";
}

const words = (status: ResultStatus, dryRun: boolean) => resultLook(status, dryRun).word;
