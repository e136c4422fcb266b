// SPDX-License-Identifier: Apache-2.0
import { Progress as Bar, Group, Stack, Text } from "@mantine/core";
import type { Progress } from "../../api/types";
import { portion } from "../../lib/format";
import { ENDED } from "../../lib/tones";
import classes from "./jobs.module.css";
import { Outlook } from "./Outlook";

const NAMED = 3;

/** What is left, the step bar and the target bar, with their counts in words. */
export function Bars({ progress }: { progress: Progress }) {
  return (
    <Stack gap="md">
      <Outlook progress={progress} />
      <StepBar progress={progress} />
      <TargetBar progress={progress} />
    </Stack>
  );
}

function StepBar({ progress }: { progress: Progress }) {
  const { steps, current_step: current, status } = progress;
  const done = steps.filter((step) => step.status === "done").length;
  const over = ENDED.has(status);
  const number = over ? done : (current ?? done);
  const title = steps[number - 1]?.title;
  return (
    <div>
      <Group justify="space-between" mb={4}>
        <Text fw={600}>{over ? `${done} of ${steps.length} steps done` : `Step ${number} of ${steps.length}`}</Text>
        {!over && (
          <Text size="sm" className="quiet">
            {title}
          </Text>
        )}
      </Group>
      <Bar.Root size="lg" aria-label="Steps">
        <Bar.Section
          value={(100 * done) / Math.max(1, steps.length)}
          color="var(--mantine-primary-color-filled)"
          aria-label={`${done} of ${steps.length} steps done`}
          aria-valuetext={`${done} of ${steps.length} steps done`}
        />
      </Bar.Root>
    </div>
  );
}

function TargetBar({ progress }: { progress: Progress }) {
  const { totals, current_targets: current } = progress;
  const share = (n: number) => (100 * n) / Math.max(1, totals.total);
  const ended = totals.completed + totals.failed + totals.cancelled;
  const more = current.length - NAMED;
  return (
    <div>
      <Group justify="space-between" mb={4}>
        <Text fw={600}>
          {ended}/{totals.total} targets
        </Text>
        <Group gap="md" aria-live="polite">
          <Count tone="good" glyph="✓" n={totals.completed} word="completed" />
          <Count tone="bad" glyph="✗" n={totals.failed} word="failed" />
          {totals.cancelled > 0 && <Count tone="odd" glyph="■" n={totals.cancelled} word="not run" />}
          <Count tone="wait" glyph="·" n={totals.pending} word="pending" />
        </Group>
      </Group>
      <Bar.Root size="lg" role="group" aria-label="Targets">
        <Section value={share(totals.completed)} color="var(--opsc-bar-good)" name={`${totals.completed} completed`} />
        <Section value={share(totals.failed)} color="var(--opsc-bar-bad)" name={`${totals.failed} failed`} />
        <Section value={share(totals.cancelled)} color="var(--opsc-bar-odd)" name={`${totals.cancelled} not run`} />
      </Bar.Root>
      <Text size="sm" mt={6} className={classes.current}>
        {current.length > 0 && (
          <>
            Now on <strong>{current.slice(0, NAMED).join(", ")}</strong>
            {more > 0 && ` and ${more} more`}
          </>
        )}
      </Text>
      {progress.transfers?.slice(0, NAMED).map(({ target, done, size: whole }) => (
        <Text key={target} size="sm" className="quiet">
          {target}: {portion(done, whole)}
        </Text>
      ))}
    </div>
  );
}

function Section({ value, color, name }: { value: number; color: string; name: string }) {
  if (value === 0) return null;
  return <Bar.Section value={value} color={color} aria-label={name} aria-valuetext={name} />;
}

function Count({ tone, glyph, n, word }: { tone: string; glyph: string; n: number; word: string }) {
  return (
    <Text size="sm" component="span" className={`toned tone-${tone}`}>
      <span aria-hidden>{glyph}</span> <strong>{n}</strong> {word}
    </Text>
  );
}
