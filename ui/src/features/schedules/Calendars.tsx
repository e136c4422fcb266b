// SPDX-License-Identifier: Apache-2.0
import { Button, Card, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, unwrap } from "../../api/client";
import { calendarsQuery } from "../../api/queries";
import type { Calendar } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { ProblemAlert } from "../../components/ProblemAlert";

/** Days on which schedules do not run. */
export function Calendars() {
  const calendars = useQuery(calendarsQuery);
  const [edited, setEdited] = useState<Calendar | "new" | null>(null);
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="calendars-title">
      <Group justify="space-between">
        <div>
          <Title order={2} size="h5" id="calendars-title">
            Calendars
          </Title>
          <Text size="sm" className="quiet">
            Days on which schedules that exclude them do not run.
          </Text>
        </div>
        <Button variant="default" size="compact-sm" onClick={() => setEdited("new")}>
          Add a calendar
        </Button>
      </Group>
      {calendars.isError && <ProblemAlert error={calendars.error} retry={() => calendars.refetch()} />}
      <Stack gap={4} mt="xs">
        {calendars.data?.map((calendar) => (
          <Group key={calendar.id} gap="sm">
            <Text size="sm" fw={600}>
              {calendar.name}
            </Text>
            <Text size="sm" className="quiet" flex={1}>
              {calendar.days.join(", ")}
            </Text>
            <Button
              variant="default"
              size="compact-sm"
              aria-label={`Change ${calendar.name}`}
              onClick={() => setEdited(calendar)}
            >
              Change
            </Button>
          </Group>
        ))}
      </Stack>
      <Dialog
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={edited === "new" || edited === null ? "Add a calendar" : `Change ${edited.name}`}
      >
        {edited !== null && <Days calendar={edited === "new" ? null : edited} onDone={() => setEdited(null)} />}
      </Dialog>
    </Card>
  );
}

function Days({ calendar, onDone }: { calendar: Calendar | null; onDone: () => void }) {
  const [name, setName] = useState(calendar?.name ?? "");
  const [days, setDays] = useState(calendar?.days.join("\n") ?? "");
  const known = useQuery(calendarsQuery);
  const taken = !calendar && Boolean(known.data?.some((other) => other.name === name.normalize("NFC")));
  const queries = useQueryClient();
  const done = async () => {
    await queries.invalidateQueries({ queryKey: ["calendars"] });
    await queries.invalidateQueries({ queryKey: ["schedules"] });
    onDone();
  };
  const params = { path: { name } };
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        client.PUT("/api/calendars/{name}", { params, body: { days: days.split(/[\n,]+/).filter((d) => d.trim()) } }),
      ),
    onSuccess: done,
  });
  const remove = useMutation({
    mutationFn: () => unwrap(client.DELETE("/api/calendars/{name}", { params })),
    onSuccess: done,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Stack component="form" onSubmit={submit} aria-label="Calendar">
      {!calendar && (
        <TextInput
          label="Name"
          withAsterisk
          error={taken ? "This calendar is there already: change it in the list." : undefined}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <Textarea
        label="Days"
        description="One a line: 2030-12-24, 2030-12-24..2031-01-01, 12-25 for every year, saturday."
        autosize
        minRows={4}
        value={days}
        onChange={(event) => setDays(event.currentTarget.value)}
      />
      {save.isError && <ProblemAlert error={save.error} />}
      {remove.isError && <ProblemAlert error={remove.error} />}
      <Group justify="space-between">
        {calendar ? (
          <Button variant="default" loading={remove.isPending} onClick={() => remove.mutate()}>
            Remove the calendar
          </Button>
        ) : (
          <span />
        )}
        <Button type="submit" loading={save.isPending} disabled={!name.trim() || !days.trim() || taken}>
          Save
        </Button>
      </Group>
    </Stack>
  );
}
