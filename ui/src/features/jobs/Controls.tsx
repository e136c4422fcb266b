// SPDX-License-Identifier: Apache-2.0
import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem, client, unwrap } from "../../api/client";
import type { JobStatus } from "../../api/types";
import { ENDED } from "../../lib/tones";

/** Pause, go on, cancel: only what the present state allows. */
export function Controls({ id, status }: { id: string; status: JobStatus }) {
  const [sure, setSure] = useState(false);
  const control = useControl(id);
  if (ENDED.has(status) || status === "cancelling") return null;
  const paused = status === "paused";
  return (
    <Group gap="xs" wrap="nowrap">
      {paused || status === "running" ? (
        <Button
          variant="default"
          size="sm"
          loading={control.isPending && control.variables !== "cancel"}
          leftSection={paused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}
          onClick={() => control.mutate(paused ? "resume" : "pause")}
        >
          {paused ? "Go on" : "Pause"}
        </Button>
      ) : null}
      <Button
        variant={sure ? "filled" : "default"}
        color="var(--mantine-color-red-8)"
        size="sm"
        loading={control.isPending && control.variables === "cancel"}
        leftSection={<IconPlayerStop size={16} aria-hidden />}
        onClick={() => (sure ? control.mutate("cancel") : setSure(true))}
        onBlur={() => setSure(false)}
      >
        {sure ? "Really cancel?" : "Cancel"}
      </Button>
    </Group>
  );
}

type Verb = "pause" | "resume" | "cancel";

function useControl(id: string) {
  const params = { path: { job_id: id } };
  return useMutation({
    mutationFn: (verb: Verb) => {
      if (verb === "pause") return unwrap(client.POST("/api/jobs/{job_id}/pause", { params }));
      if (verb === "resume") return unwrap(client.POST("/api/jobs/{job_id}/resume", { params }));
      return unwrap(client.POST("/api/jobs/{job_id}/cancel", { params }));
    },
    onError: (error) => {
      const { detail, remedy } = asProblem(error);
      notifications.show({ color: "red", title: detail, message: remedy ?? "" });
    },
  });
}
