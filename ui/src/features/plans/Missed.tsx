// SPDX-License-Identifier: Apache-2.0
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { client, unwrap } from "../../api/client";
import { ProblemAlert } from "../../components/ProblemAlert";

/** Say that the request was misread, and what was meant: kept as an example, and planned where it was said. */
export function Missed({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  const [meant, setMeant] = useState("");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const miss = useMutation({
    mutationFn: (text: string) =>
      unwrap(
        client.POST("/api/plans/{plan_id}/miss", {
          params: { path: { plan_id: id } },
          body: { meant: text || null },
        }),
      ),
    onSuccess: ({ plan }) => {
      void queries.invalidateQueries({ queryKey: ["plans"] });
      setOpen(false);
      if (plan) return navigate({ to: "/plans/$planId", params: { planId: plan.plan.id } });
    },
  });
  if (!open) {
    return (
      <Group gap="sm">
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setOpen(true)}>
          Not what I meant
        </Button>
        <Text size="sm" className="quiet" aria-live="polite">
          {miss.isSuccess && "Noted. Say it in other words whenever you like."}
        </Text>
      </Group>
    );
  }
  return (
    <Stack gap="sm">
      {miss.isError && <ProblemAlert error={miss.error} />}
      <Group
        component="form"
        align="end"
        onSubmit={(event) => {
          event.preventDefault();
          miss.mutate(meant.trim());
        }}
      >
        <TextInput
          flex={1}
          autoFocus
          label="What did you mean?"
          description="The whole request in other words. It is planned at once; nothing runs."
          maxLength={4000}
          value={meant}
          onChange={(event) => setMeant(event.currentTarget.value)}
        />
        <Button variant="default" onClick={() => setOpen(false)}>
          Back
        </Button>
        <Button type="submit" loading={miss.isPending}>
          {meant.trim() ? "Plan this" : "Only note it"}
        </Button>
      </Group>
    </Stack>
  );
}
