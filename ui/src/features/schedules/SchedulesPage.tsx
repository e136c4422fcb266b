// SPDX-License-Identifier: Apache-2.0
import { Anchor, Card, Skeleton, Stack, Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { schedulesQuery } from "../../api/queries";
import type { ScheduleView } from "../../api/types";
import { Pill } from "../../components/Pill";
import { ProblemAlert } from "../../components/ProblemAlert";
import { dateAndTime, elsewhere } from "../../lib/format";
import { JOB, RUN, SCHEDULE } from "../../lib/tones";
import { Calendars } from "./Calendars";
import { Controls } from "./Controls";

/** All schedules: how each stands, when it runs next, what became of the last time. */
export function SchedulesPage() {
  useDocumentTitle("Schedules · OpsConductor");
  const schedules = useQuery(schedulesQuery);
  const items = schedules.data ?? [];
  return (
    <Stack maw="76rem" mx="auto">
      <div>
        <Title order={1} size="h3">
          Schedules
        </Title>
        <Text className="quiet" size="sm">
          Approved plans that run at times. When targets, templates or content change, a schedule asks again.
        </Text>
      </div>
      {schedules.isPending && <Skeleton height={160} aria-label="Loading" />}
      {schedules.isError && <ProblemAlert error={schedules.error} retry={() => schedules.refetch()} />}
      {schedules.isSuccess && items.length === 0 && (
        <Card withBorder padding="lg">
          <Text className="quiet" ta="center">
            None yet. Say a time with a request (“every Monday at 3”), or open a plan and schedule it.
          </Text>
        </Card>
      )}
      {items.length > 0 && (
        <Card withBorder padding="md">
          <Table.ScrollContainer minWidth={720}>
            <Table aria-label="Schedules">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th>Next</Table.Th>
                  <Table.Th>Last</Table.Th>
                  <Table.Th>
                    <VisuallyHidden>What can be done</VisuallyHidden>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((view) => (
                  <Row key={view.schedule.id} view={view} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Card>
      )}
      <Calendars />
    </Stack>
  );
}

function Row({ view }: { view: ScheduleView }) {
  const { schedule, state, next_runs } = view;
  const look = SCHEDULE[state];
  const next = next_runs[0];
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/schedules/${encodeURIComponent(schedule.name)}`} underline="always">
          {schedule.name}
        </Anchor>
        <Text size="sm" className="quiet">
          {view.when}
        </Text>
      </Table.Td>
      <Table.Td>
        <Pill tone={look.tone} glyph={look.glyph}>
          {view.blocked ? "Cannot run" : look.word}
        </Pill>
      </Table.Td>
      <Table.Td>
        {next ? dateAndTime(next) : "–"}
        {next && (
          <Text size="xs" className="quiet">
            {elsewhere(next, schedule.timing.zone)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Last view={view} />
      </Table.Td>
      <Table.Td>
        <Controls view={view} />
      </Table.Td>
    </Table.Tr>
  );
}

/** What became of the last time: how its job stands or ended, or why there was none. */
export function Last({ view }: { view: ScheduleView }) {
  const { last, last_job } = view;
  if (!last) return "–";
  const look = last_job ? JOB[last_job] : RUN[last.status];
  const pill = (
    <Pill tone={look.tone} glyph={look.glyph}>
      {look.word}
    </Pill>
  );
  return (
    <Stack gap={2} align="start">
      {last.job_id ? (
        <Anchor component={Link} to={`/jobs/${last.job_id}`} aria-label={`Job: ${look.word}`}>
          {pill}
        </Anchor>
      ) : (
        pill
      )}
      <Text size="xs" className="quiet">
        {dateAndTime(last.last_at)}
        {last.status === "skipped" && last.reason ? `: ${last.reason}` : ""}
      </Text>
    </Stack>
  );
}
