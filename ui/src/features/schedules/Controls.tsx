// SPDX-License-Identifier: Apache-2.0
import { Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { asProblem, client, unwrap } from "../../api/client";
import type { ScheduleView } from "../../api/types";
import { Dialog } from "../../components/Dialog";

type Verb = "pause" | "resume" | "check" | "delete";

/** Pause or resume, and delete after a question. */
export function Controls({ view, full = false }: { view: ScheduleView; full?: boolean }) {
  const { name } = view.schedule;
  const control = useControl(name);
  const [asking, setAsking] = useState(false);
  const paused = view.state === "paused";
  const over = view.state === "over";
  return (
    <Group gap="xs" wrap="nowrap">
      {full && <RunNow name={name} waiting={view.state === "waiting"} />}
      {full && !over && (
        <Button
          variant="default"
          size="compact-sm"
          loading={control.isPending && control.variables === "check"}
          onClick={() => control.mutate("check")}
        >
          Check for changes
        </Button>
      )}
      {!over && (
        <Button
          variant="default"
          size="compact-sm"
          aria-label={`${paused ? "Resume" : "Pause"} ${name}`}
          loading={control.isPending && (control.variables === "pause" || control.variables === "resume")}
          onClick={() => control.mutate(paused ? "resume" : "pause")}
        >
          {paused ? "Resume" : "Pause"}
        </Button>
      )}
      <Button variant="default" size="compact-sm" aria-label={`Delete ${name}`} onClick={() => setAsking(true)}>
        Delete
      </Button>
      <Dialog opened={asking} onClose={() => setAsking(false)} title={`Delete ${name}?`}>
        <Stack>
          <Text size="sm">It runs no more. Jobs that it started go on, and their history stays.</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              Keep it
            </Button>
            <Button
              color="var(--mantine-color-red-8)"
              loading={control.isPending && control.variables === "delete"}
              onClick={() => control.mutate("delete", { onSuccess: () => setAsking(false) })}
            >
              Delete the schedule
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </Group>
  );
}

function RunNow({ name, waiting }: { name: string; waiting: boolean }) {
  const navigate = useNavigate();
  const run = useMutation({
    mutationFn: () => unwrap(client.POST("/api/schedules/{name}/run-now", { params: { path: { name } } })),
    onSuccess: (job) => navigate({ to: "/jobs/$jobId", params: { jobId: job.id } }),
    onError: tell,
  });
  return (
    <Button size="compact-sm" loading={run.isPending} disabled={waiting} onClick={() => run.mutate()}>
      Run now
    </Button>
  );
}

function useControl(name: string) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const params = { path: { name } };
  return useMutation({
    mutationFn: (verb: Verb) => {
      if (verb === "pause") return unwrap(client.POST("/api/schedules/{name}/pause", { params }));
      if (verb === "resume") return unwrap(client.POST("/api/schedules/{name}/resume", { params }));
      if (verb === "check") return unwrap(client.POST("/api/schedules/{name}/check", { params }));
      return unwrap(client.DELETE("/api/schedules/{name}", { params }));
    },
    onSuccess: async (view, verb) => {
      if (verb === "check") {
        const same = view.schedule.asks.length === 0;
        const found = same ? "Nothing has changed." : "Something has changed: it asks again.";
        notifications.show({
          title: view.blocked ? "It cannot run." : found,
          message: view.blocked ? view.waiting : "",
        });
      }
      if (verb === "delete") await navigate({ to: "/schedules" });
      await queries.invalidateQueries({ queryKey: ["schedules"] });
      if (verb !== "delete") await queries.invalidateQueries({ queryKey: ["schedule", name] });
    },
    onError: tell,
  });
}

function tell(error: Error) {
  const { detail, remedy } = asProblem(error);
  notifications.show({ color: "red", title: detail, message: remedy ?? "" });
}
