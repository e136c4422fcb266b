// SPDX-License-Identifier: Apache-2.0
import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link as RouterLink } from "@tanstack/react-router";
import { jobQuery } from "../../api/queries";
import type { Progress } from "../../api/types";
import { Copyable } from "../../components/Copyable";
import { Pill } from "../../components/Pill";
import { dateAndTime, duration, timeOfDay } from "../../lib/format";
import { ENDED, JOB } from "../../lib/tones";
import { Again } from "./Again";
import { Controls } from "./Controls";
import { ForecastNote } from "./ForecastNote";
import classes from "./jobs.module.css";
import type { Link } from "./store";
import { useNow } from "./useNow";

type Props = { id: string; progress: Progress; link: Link; onReopened: () => void };

/** Title, status, times and the run-time controls. */
export function JobHeader({ id, progress, link, onReopened }: Props) {
  const job = useQuery(jobQuery(id));
  const look = JOB[progress.status];
  return (
    <Stack gap="xs">
      <Group justify="space-between" align="start" className={classes.heading}>
        <Title order={1} size="h3">
          {progress.title}
        </Title>
        {ENDED.has(progress.status) ? (
          <Group gap="xs" wrap="nowrap">
            <Again id={id} progress={progress} onReopened={onReopened} />
          </Group>
        ) : (
          <Controls id={id} status={progress.status} />
        )}
      </Group>
      <Group gap="lg">
        <span role="status">
          <Pill tone={look.tone} glyph={look.glyph} live={progress.status === "running"}>
            {look.word}
          </Pill>
        </span>
        <Times progress={progress} />
        <Connection link={link} />
      </Group>
      {progress.reason && <Text size="sm">{progress.reason}</Text>}
      {ENDED.has(progress.status) && <ForecastNote id={id} />}
      {job.data && (
        <Text size="sm" className="quiet">
          By {job.data.actor} ·{" "}
          <Anchor component={RouterLink} to={`/plans/${job.data.plan_id}`} inherit underline="always">
            plan
          </Anchor>{" "}
          · {job.data.priority !== "normal" && `${job.data.priority} priority · `}
          {(job.data.attempt ?? 1) > 1 && `attempt ${job.data.attempt} · `}commit{" "}
          <Copyable name="commit" value={job.data.commit} shown={8} /> · job{" "}
          <Copyable name="job id" value={id} shown={8} end />
        </Text>
      )}
    </Stack>
  );
}

function Times({ progress }: { progress: Progress }) {
  const over = ENDED.has(progress.status);
  const now = useNow(!over);
  const { started_at, ended_at, at } = progress;
  if (!started_at) return <Text size="sm">Not started yet</Text>;
  const start = new Date(started_at).getTime();
  if (over) {
    const spent = (new Date(ended_at ?? at ?? started_at).getTime() - start) / 1000;
    return (
      <Text size="sm">
        Started {dateAndTime(started_at)} · took {duration(spent)}
      </Text>
    );
  }
  return (
    <Text size="sm">
      Started {timeOfDay(started_at)} · {duration((now - start) / 1000)} so far
    </Text>
  );
}

function Connection({ link }: { link: Link }) {
  if (link === "live") {
    return (
      <Text size="sm" className="toned tone-good">
        ● live
      </Text>
    );
  }
  if (link === "reconnecting" || link === "connecting") {
    return (
      <Text size="sm" className="toned tone-change" role="status">
        ○ {link}…
      </Text>
    );
  }
  return null;
}
