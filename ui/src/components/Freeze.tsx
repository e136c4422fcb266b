// SPDX-License-Identifier: Apache-2.0
import { ActionIcon, Button, Checkbox, Container, Group, Stack, Text, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconSnowflake } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem, client, unwrap } from "../api/client";
import { freezeQuery } from "../api/queries";
import { dateAndTime } from "../lib/format";
import { Dialog } from "./Dialog";
import classes from "./Shell.module.css";

/** On every page while changes are frozen: by whom, why, and the way out. */
export function FreezeBanner() {
  const { data } = useQuery(freezeQuery);
  const lift = useFreeze(() => unwrap(client.DELETE("/api/freeze")));
  const freeze = data?.freeze;
  if (!freeze) return null;
  const paused = freeze.paused.length;
  return (
    <aside className={classes.freeze} aria-label="Freeze">
      <Container size="xl">
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm">
            <IconSnowflake size={16} aria-hidden className={classes.flake} /> <strong>Changes are frozen</strong> by{" "}
            {freeze.actor} since {dateAndTime(freeze.created_at)}
            {freeze.reason && `: ${freeze.reason}`}. Jobs that change a target wait
            {paused > 0 && `, ${paused} ${paused === 1 ? "is" : "are"} paused`}; queries and dry runs go on.
          </Text>
          <Button size="xs" variant="default" loading={lift.isPending} onClick={() => lift.mutate()}>
            Lift
          </Button>
        </Group>
      </Container>
    </aside>
  );
}

/** Freezes changes; hidden while they are. */
export function FreezeButton() {
  const { data } = useQuery(freezeQuery);
  const [opened, setOpened] = useState(false);
  const [reason, setReason] = useState("");
  const [pause, setPause] = useState(false);
  const begin = useFreeze(() =>
    unwrap(client.POST("/api/freeze", { body: { reason: reason.trim() || null, pause } })).then((state) => {
      setOpened(false);
      return state;
    }),
  );
  if (!data || data.freeze) return null;
  return (
    <>
      <ActionIcon variant="default" size="lg" aria-label="Freeze changes" onClick={() => setOpened(true)}>
        <IconSnowflake size={18} aria-hidden />
      </ActionIcon>
      <Dialog opened={opened} onClose={() => setOpened(false)} title="Freeze changes">
        <Stack gap="md">
          <Text size="sm">
            No job that changes a target starts, nor does its next batch, until the freeze is lifted. Jobs wait and say
            why. Queries and dry runs go on.
          </Text>
          <Textarea
            label="Why"
            description="Shown to everybody whose job waits."
            value={reason}
            maxLength={2000}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Checkbox
            label="Pause the jobs that are running, too: tasks under way finish"
            checked={pause}
            onChange={(event) => setPause(event.currentTarget.checked)}
          />
          <Group justify="end">
            <Button variant="default" onClick={() => setOpened(false)}>
              Leave it
            </Button>
            <Button loading={begin.isPending} onClick={() => begin.mutate()}>
              Freeze
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}

function useFreeze<T>(act: () => Promise<T>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (state) => queries.setQueryData(freezeQuery.queryKey, state as never),
    onError: (error) => {
      const { detail, remedy } = asProblem(error);
      notifications.show({ color: "red", title: detail, message: remedy ?? "" });
    },
  });
}
