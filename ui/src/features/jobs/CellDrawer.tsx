// SPDX-License-Identifier: Apache-2.0
import { Card, Code, Drawer, Group, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { artifactsQuery, cellQuery } from "../../api/queries";
import type { Artifact, JobEvent, Result } from "../../api/types";
import { Pill } from "../../components/Pill";
import { ProblemAlert } from "../../components/ProblemAlert";
import { dateAndTime, duration, size, timeOfDay } from "../../lib/format";
import { resultLook, type Tone } from "../../lib/tones";
import { ArtifactLink } from "./Artifacts";
import type { Place } from "./JobPage";
import classes from "./jobs.module.css";
import type { JobStore } from "./store";

type Props = { job: string; store: JobStore; place: Place | null; onClose: () => void };

/** What one step did on one target: each task with its output. */
export function CellDrawer({ job, store, place, onClose }: Props) {
  const step = place ? store.progress?.steps[place.step - 1] : undefined;
  const target = place ? store.progress?.targets[place.target] : undefined;
  return (
    <Drawer.Root opened={place !== null} onClose={onClose} position="right" size="lg">
      <Drawer.Overlay />
      <Drawer.Content>
        <Drawer.Body pt="md">
          {/* Not the library's header: it would be a second banner of the page. */}
          <Group justify="space-between" align="start" wrap="nowrap" mb="md">
            <Drawer.Title>{step && target ? `${target} · step ${step.n}: ${step.title}` : ""}</Drawer.Title>
            <Drawer.CloseButton aria-label="Close" />
          </Group>
          {place && target && (
            <Cell
              job={job}
              step={place.step}
              target={target}
              status={store.cell(place.step, place.target)}
              dryRun={store.progress?.dry_run ?? false}
            />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

type CellProps = { job: string; step: number; target: string; status: Result["status"]; dryRun: boolean };

function Cell({ job, step, target, status, dryRun }: CellProps) {
  const final = status !== "pending" && status !== "running";
  const cell = useQuery(cellQuery(job, step, target, final));
  const large = cell.data?.events.some((event) => KEPT in event.data) ?? false;
  const artifacts = useQuery({ ...artifactsQuery(job, { step, target }), enabled: large });
  if (cell.isPending) return <Loader aria-label="Loading the details" />;
  if (cell.isError) return <ProblemAlert error={cell.error} retry={() => cell.refetch()} />;
  const { result, events } = cell.data;
  const kept = artifacts.data ?? [];
  const look = resultLook(result.status, dryRun);
  return (
    <Stack>
      <Group gap="sm">
        <Pill tone={look.tone} glyph={look.glyph}>
          {look.word}
        </Pill>
        {result.state && <Text size="sm">found: {result.state}</Text>}
        {result.started_at && result.ended_at && (
          <Text size="sm" className="quiet">
            {timeOfDay(result.started_at)} · {duration(seconds(result.started_at, result.ended_at))}
          </Text>
        )}
      </Group>
      {(result.message || result.reason) && <Text className={classes.wrapped}>{result.message ?? result.reason}</Text>}
      {events.length === 0 && <Text className="quiet">No task has ended here.</Text>}
      {events.map((event) => (
        <Task key={event.seq} event={event} kept={kept.filter((artifact) => artifact.seq === event.seq)} />
      ))}
    </Stack>
  );
}

const seconds = (from: string, to: string) => (new Date(to).getTime() - new Date(from).getTime()) / 1000;

const KIND: Partial<Record<JobEvent["kind"], { glyph: string; tone: Tone; word: string }>> = {
  target_ok: { glyph: "✓", tone: "good", word: "ok" },
  target_failed: { glyph: "✗", tone: "bad", word: "failed" },
  target_skipped: { glyph: "–", tone: "wait", word: "skipped" },
  target_unreachable: { glyph: "⊘", tone: "bad", word: "unreachable" },
  target_retry: { glyph: "↻", tone: "live", word: "looking again" },
};

/** Tasks whose output is what the reader came for. */
const BAD: ReadonlySet<JobEvent["kind"]> = new Set(["target_failed", "target_unreachable"]);

function Task({ event, kept }: { event: JobEvent; kept: Artifact[] }) {
  const look = KIND[event.kind] ?? { glyph: "·", tone: "wait" as const, word: event.kind.replaceAll("_", " ") };
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" wrap="nowrap" align="start">
        <Text fw={500} size="sm">
          {event.task ?? "Task"}
        </Text>
        <Pill tone={look.tone} glyph={look.glyph}>
          {event.kind === "target_ok" && event.changed ? "changed" : look.word}
        </Pill>
      </Group>
      <Text size="xs" className="quiet">
        {timeOfDay(event.at)}
        {event.seconds !== null && event.seconds !== undefined && ` · ${event.seconds.toFixed(1)} s`}
      </Text>
      {event.message && (
        <Text size="sm" className={classes.wrapped}>
          {event.message}
        </Text>
      )}
      {Object.keys(event.data).length > 0 && (
        <details className={classes.output} open={BAD.has(event.kind)}>
          <summary>Output</summary>
          {kept.map((artifact) => (
            <Text key={artifact.id} size="sm" mb={4}>
              {artifact.removed_at ? (
                `${artifact.place}, ${size(artifact.size)}: the whole was removed on ${dateAndTime(artifact.removed_at)}`
              ) : (
                <ArtifactLink artifact={artifact}>
                  Download {artifact.place}, whole ({size(artifact.size)})
                </ArtifactLink>
              )}
            </Text>
          ))}
          <Code block fz="xs" mah={320} className={classes.outputText} tabIndex={0} aria-label="Output">
            {output(event.data)}
          </Code>
        </details>
      )}
    </Card>
  );
}

/** Where an event's data name the texts that are kept as artifacts. */
const KEPT = "opsc_kept";

/** Text a command printed as text, everything else as JSON. */
function output(data: JobEvent["data"]): string {
  const { stdout, stderr, [KEPT]: _kept, ...rest } = data;
  const texts = [stdout, stderr].filter((text): text is string => typeof text === "string" && text.trim() !== "");
  return [...texts, JSON.stringify(rest, null, 2)].join("\n\n");
}
