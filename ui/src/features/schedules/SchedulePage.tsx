// SPDX-License-Identifier: Apache-2.0
import { Alert, Anchor, Button, Card, Center, Group, Loader, Stack, Table, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { scheduleQuery, scheduleRunsQuery } from "../../api/queries";
import type { ScheduleRun, ScheduleView } from "../../api/types";
import { Pill } from "../../components/Pill";
import { ProblemAlert } from "../../components/ProblemAlert";
import { ProblemPage } from "../../components/ProblemPage";
import { dateAndTime, duration, elsewhere } from "../../lib/format";
import { RUN, SCHEDULE } from "../../lib/tones";
import { Controls } from "./Controls";

/** One schedule: its plan and approval, its next times, what became of the last ones and why. */
export function SchedulePage({ name }: { name: string }) {
  useDocumentTitle(`${name} · OpsConductor`);
  const schedule = useQuery(scheduleQuery(name));
  if (schedule.isPending) {
    return (
      <Center py={80}>
        <Loader aria-label="Loading the schedule" />
      </Center>
    );
  }
  if (schedule.isError) return <ProblemPage title="Schedule" error={schedule.error} retry={() => schedule.refetch()} />;
  return (
    <Stack maw="64rem" mx="auto">
      <Facts view={schedule.data} />
      <Runs name={name} />
    </Stack>
  );
}

function Facts({ view }: { view: ScheduleView }) {
  const { schedule, state } = view;
  const look = SCHEDULE[state];
  return (
    <Card withBorder padding="lg">
      <Stack gap="md">
        <Group justify="space-between" align="start">
          <div>
            <Title order={1} size="h3">
              {schedule.name}
            </Title>
            <Text size="sm" className="quiet">
              {view.when}
            </Text>
          </div>
          <Pill tone={look.tone} glyph={look.glyph}>
            {view.blocked ? "Cannot run" : look.word}
          </Pill>
        </Group>
        {view.waiting && state !== "over" && <Waiting view={view} />}
        <Text size="sm">
          Runs{" "}
          <Anchor component={Link} to={`/plans/${schedule.plan_id}`} inherit underline="always">
            {view.title}
          </Anchor>
          {view.approved_until && `, approved until ${dateAndTime(view.approved_until)}`}
        </Text>
        <Text size="sm" className="quiet">
          {schedule.catch_up === "once"
            ? `A time that was missed is made up for within ${duration(schedule.window)}`
            : "A time that was missed is skipped"}
          {schedule.overlap === "queue"
            ? "; one at which the job before has not ended waits for it."
            : "; one at which the job before has not ended is skipped."}
          {schedule.priority !== "normal" && ` Its jobs have ${schedule.priority} priority.`}
          {schedule.calendars.length > 0 && ` Not on the days of ${schedule.calendars.join(", ")}.`}
        </Text>
        {view.next_runs.length > 0 && (
          <div>
            <Text size="sm" fw={600}>
              Next
            </Text>
            <ul style={{ margin: 0, paddingInlineStart: "1.2rem" }}>
              {view.next_runs.map((at) => (
                <li key={at}>
                  <Text size="sm">
                    {dateAndTime(at)}
                    <span className="quiet">{elsewhere(at, schedule.timing.zone)}</span>
                  </Text>
                </li>
              ))}
            </ul>
          </div>
        )}
        <Group justify="flex-end">
          <Controls view={view} full />
        </Group>
      </Stack>
    </Card>
  );
}

/** Why nothing would run now, and the way out. */
function Waiting({ view }: { view: ScheduleView }) {
  const { asks, plan_id } = view.schedule;
  const title = view.blocked ? "It cannot run" : asks.length > 0 ? "It asks for approval again" : "It does not run";
  return (
    <Alert variant="default" bg="transparent" title={title}>
      {asks.length > 0 && !view.blocked
        ? `${asks.join("; ").replace(/\.$/, "")}. `
        : `${view.waiting?.replace(/\.$/, "")}. `}
      <Anchor component={Link} to={`/plans/${plan_id}`} inherit underline="always">
        {view.blocked ? "Put that right, or look at the plan and change it" : "Look at the plan and approve it"}
      </Anchor>
    </Alert>
  );
}

function Runs({ name }: { name: string }) {
  const runs = useInfiniteQuery(scheduleRunsQuery(name));
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="runs-title">
      <Title order={2} size="h5" id="runs-title" mb="xs">
        What became of its times
      </Title>
      {runs.isError && <ProblemAlert error={runs.error} retry={() => runs.refetch()} />}
      {runs.isSuccess && items.length === 0 && (
        <Text size="sm" className="quiet">
          None has come yet.
        </Text>
      )}
      {items.length > 0 && (
        <Table.ScrollContainer minWidth={480}>
          <Table aria-labelledby="runs-title">
            <Table.Tbody>
              {items.map((run) => (
                <Run key={run.id} run={run} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {runs.hasNextPage && (
        <Button
          variant="default"
          size="compact-sm"
          loading={runs.isFetchingNextPage}
          onClick={() => runs.fetchNextPage()}
        >
          Older ones
        </Button>
      )}
    </Card>
  );
}

function Run({ run }: { run: ScheduleRun }) {
  const look = RUN[run.status];
  return (
    <Table.Tr>
      <Table.Td>
        {dateAndTime(run.due_at)}
        {run.count > 1 && ` to ${dateAndTime(run.last_at)}, ${run.count} times`}
      </Table.Td>
      <Table.Td>
        <Pill tone={look.tone} glyph={look.glyph}>
          {look.word}
        </Pill>
      </Table.Td>
      <Table.Td>
        {run.job_id && (
          <Anchor component={Link} to={`/jobs/${run.job_id}`} size="sm" underline="always">
            job …{run.job_id.slice(-8)}
          </Anchor>
        )}
        <Text size="sm" className="quiet">
          {run.reason}
          {!run.actor.startsWith("schedule:") && ` by ${run.actor}`}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
