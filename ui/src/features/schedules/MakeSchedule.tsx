// SPDX-License-Identifier: Apache-2.0
import { Button, Group, MultiSelect, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, unwrap } from "../../api/client";
import { calendarsQuery } from "../../api/queries";
import type { Plan, ScheduleView } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { ProblemAlert } from "../../components/ProblemAlert";
import { PriorityField } from "../plans/PriorityField";

type Policy = Pick<ScheduleView["schedule"], "catch_up" | "overlap" | "priority">;

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** Makes a schedule of the plan: when, and what becomes of times that cannot be kept. */
export function MakeSchedule({ plan }: { plan: Plan }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="subtle" size="compact-sm" onClick={() => setOpen(true)}>
        Schedule it
      </Button>
      <Dialog opened={open} onClose={() => setOpen(false)} title="Schedule the plan" size="lg">
        {open && <Form plan={plan} />}
      </Dialog>
    </>
  );
}

function Form({ plan }: { plan: Plan }) {
  const said = plan.options.schedule;
  const [name, setName] = useState(plan.title.slice(0, 150));
  const [cron, setCron] = useState(said?.cron ?? "");
  const [at, setAt] = useState(said?.at ?? "");
  const [once, setOnce] = useState(Boolean(said?.at));
  const [zone, setZone] = useState(said ? (said.zone ?? "UTC") : HERE);
  const [excluded, setExcluded] = useState<string[]>([]);
  const [minutes, setMinutes] = useState<number | string>(15);
  const [policy, setPolicy] = useState<Policy>({
    catch_up: "once",
    overlap: "skip",
    priority: "normal",
  });
  const calendars = useQuery(calendarsQuery);
  const make = useMake();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const timing: Record<string, string> = once ? { at, zone } : { cron, zone };
    const within = minutes === "" ? {} : { window: Number(minutes) * 60 };
    make.mutate({ plan_id: plan.id, name, timing, policy: { ...policy, ...within, calendars: excluded } });
  };
  return (
    <Stack component="form" onSubmit={submit} aria-label="Schedule">
      <TextInput label="Name" withAsterisk value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Group grow align="end">
        <Select
          label="When"
          allowDeselect={false}
          data={[
            { value: "cron", label: "Again and again" },
            { value: "at", label: "Once" },
          ]}
          value={once ? "at" : "cron"}
          onChange={(value) => setOnce(value === "at")}
        />
        {once ? (
          <TextInput
            label="Date and time"
            type="datetime-local"
            withAsterisk
            value={at}
            onChange={(event) => setAt(event.currentTarget.value)}
          />
        ) : (
          <TextInput
            label="Cron line"
            withAsterisk
            placeholder="0 3 * * 1"
            value={cron}
            onChange={(event) => setCron(event.currentTarget.value)}
          />
        )}
        <TextInput label="Time zone" value={zone} onChange={(event) => setZone(event.currentTarget.value)} />
      </Group>
      {!once && (
        <Text size="xs" className="quiet">
          Minute, hour, day of month, month, day of week: “0 3 * * 1” is every Monday at 3:00.
        </Text>
      )}
      <Group grow align="end">
        <Select
          label="Missed times are"
          allowDeselect={false}
          data={[
            { value: "once", label: "made up for once" },
            { value: "skip", label: "skipped" },
          ]}
          value={policy.catch_up}
          onChange={(value) => setPolicy({ ...policy, catch_up: value === "skip" ? "skip" : "once" })}
        />
        <NumberInput
          label="Within minutes"
          min={0}
          max={43_200}
          placeholder="15"
          disabled={policy.catch_up === "skip"}
          value={minutes}
          onChange={setMinutes}
        />
        <Select
          label="Overlapping times"
          allowDeselect={false}
          data={[
            { value: "skip", label: "are skipped" },
            { value: "queue", label: "wait" },
          ]}
          value={policy.overlap}
          onChange={(value) => setPolicy({ ...policy, overlap: value === "queue" ? "queue" : "skip" })}
        />
      </Group>
      <PriorityField value={policy.priority} onChange={(priority) => setPolicy({ ...policy, priority })} />
      {(calendars.data?.length ?? 0) > 0 && (
        <MultiSelect
          label="Not on the days of"
          data={calendars.data?.map((calendar) => calendar.name) ?? []}
          value={excluded}
          onChange={setExcluded}
        />
      )}
      {make.isError && <ProblemAlert error={make.error} />}
      <Group justify="space-between">
        <Text size="sm" className="quiet">
          It runs from when its plan is approved.
        </Text>
        <Button type="submit" loading={make.isPending} disabled={!name.trim() || !(once ? at : cron).trim()}>
          Make the schedule
        </Button>
      </Group>
    </Stack>
  );
}

type Body = {
  plan_id: string;
  name: string;
  timing: Record<string, string>;
  policy: Policy & { window?: number; calendars: string[] };
};

function useMake() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Body) => unwrap(client.POST("/api/schedules", { body })),
    onSuccess: (view) => {
      void queries.invalidateQueries({ queryKey: ["schedules"] });
      return navigate({ to: `/schedules/${encodeURIComponent(view.schedule.name)}` });
    },
  });
}
