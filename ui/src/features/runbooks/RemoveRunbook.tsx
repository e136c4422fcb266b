// SPDX-License-Identifier: Apache-2.0
import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { client, unwrap } from "../../api/client";
import { Dialog } from "../../components/Dialog";
import { ProblemAlert } from "../../components/ProblemAlert";

export function RemoveRunbook({ name }: { name: string }) {
  const [asking, setAsking] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => unwrap(client.DELETE("/api/runbooks/{name}", { params: { path: { name } } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["runbooks"] });
      return navigate({ to: "/runbooks" });
    },
  });
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={() => setAsking(true)}>
        Remove
      </Button>
      <Dialog opened={asking} onClose={() => setAsking(false)} title={`Remove ${name}?`}>
        <Stack>
          <Text size="sm">Plans and jobs that were made of it stay, and so does its history.</Text>
          {remove.isError && <ProblemAlert error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              Keep it
            </Button>
            <Button loading={remove.isPending} onClick={() => remove.mutate()}>
              Remove the runbook
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
