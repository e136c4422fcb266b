// SPDX-License-Identifier: Apache-2.0
import { Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, unwrap } from "../../api/client";
import type { Plan } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { ProblemAlert } from "../../components/ProblemAlert";
import { asText } from "../written/document";

type Place = { place: string; name: string; label: string };

/** Saves a plan as a runbook; what is ticked is said anew at each use, with the plan's value as default. */
export function SaveRunbook({ plan }: { plan: Plan }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const save = useSave(plan.id);
  const places = placesOf(plan);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parameters = Object.fromEntries(places.filter((p) => chosen.includes(p.place)).map((p) => [p.name, p.place]));
    save.mutate({ name, description, parameters });
  };
  return (
    <>
      <Button variant="subtle" size="compact-sm" onClick={() => setOpen(true)}>
        Save as a runbook
      </Button>
      <Dialog opened={open} onClose={() => setOpen(false)} title="Save as a runbook" size="lg">
        <Stack component="form" onSubmit={submit} aria-label="Runbook">
          <TextInput
            label="Name"
            withAsterisk
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="What it is for"
            maxLength={2000}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <Checkbox.Group
            label="Parameters"
            description="What is said anew at each use. The value here becomes the default."
            value={chosen}
            onChange={setChosen}
          >
            <Stack gap={6} mt="xs">
              {places.map(({ place, label }) => (
                <Checkbox key={place} value={place} label={label} />
              ))}
            </Stack>
          </Checkbox.Group>
          {save.isError && <ProblemAlert error={save.error} />}
          <Group justify="space-between">
            <Text size="sm" className="quiet">
              It is no approval: each use is a plan of its own.
            </Text>
            <Button type="submit" loading={save.isPending} disabled={!name.trim()}>
              Save
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}

/** The places of a plan that may become parameters, each with a name of its own. */
function placesOf(plan: Plan): Place[] {
  const found: Place[] = [{ place: "targets", name: "targets", label: "The machines" }];
  const names = new Set(["targets"]);
  for (const [at, step] of plan.steps.entries()) {
    if (step.origin !== "user") continue;
    for (const [param, value] of Object.entries(step.params)) {
      if (value === null) continue;
      const name = names.has(param) ? `${param}_${at + 1}` : param;
      names.add(name);
      found.push({
        place: `step${at + 1}.${param}`,
        name,
        label: `Step ${at + 1}: ${param}, now ${asText(value, "")}`,
      });
    }
  }
  return found;
}

function useSave(planId: string) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; description: string; parameters: Record<string, string> }) =>
      unwrap(client.POST("/api/plans/{plan_id}/runbook", { params: { path: { plan_id: planId } }, body })),
    onSuccess: (runbook) => {
      void queries.invalidateQueries({ queryKey: ["runbooks"] });
      return navigate({ to: "/runbooks/$name", params: { name: runbook.document.name } });
    },
  });
}
