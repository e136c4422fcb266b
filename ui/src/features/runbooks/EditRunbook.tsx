// SPDX-License-Identifier: Apache-2.0
import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, unwrap } from "../../api/client";
import { Dialog } from "../../components/Dialog";
import { ProblemAlert } from "../../components/ProblemAlert";

/** The runbook's file in a box; saving it makes the next version. */
export function EditRunbook({ name, version }: { name: string; version: number }) {
  const [text, setText] = useState<string | null>(null);
  const queries = useQueryClient();
  const path = { name };
  const load = useMutation({
    mutationFn: () => unwrap(client.GET("/api/runbooks/{name}/file", { params: { path }, parseAs: "text" })),
    onSuccess: setText,
  });
  const save = useMutation({
    mutationFn: (body: { text: string }) =>
      unwrap(client.PUT("/api/runbooks/{name}/file", { params: { path, query: { based_on: version } }, body })),
    onSuccess: () => {
      setText(null);
      void queries.invalidateQueries({ queryKey: ["runbook", name] });
      void queries.invalidateQueries({ queryKey: ["runbooks"] });
    },
  });
  return (
    <>
      <Button variant="default" size="compact-sm" loading={load.isPending} onClick={() => load.mutate()}>
        Edit
      </Button>
      <Dialog opened={text !== null} onClose={() => setText(null)} title={`Edit ${name}`} size="xl">
        <Stack>
          <Text size="sm" className="quiet">
            Saving makes version {version + 1}; the versions before stay.
          </Text>
          <Textarea
            aria-label="Runbook file"
            autosize
            minRows={12}
            maxRows={24}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
            value={text ?? ""}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          {save.isError && <ProblemAlert error={save.error} />}
          <Group justify="flex-end">
            <Button loading={save.isPending} onClick={() => save.mutate({ text: text ?? "" })}>
              Save
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
