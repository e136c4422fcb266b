// SPDX-License-Identifier: Apache-2.0
import { Button, Center, Group, Loader, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconArrowRight, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, unwrap } from "../../api/client";
import { documentQuery, templatesQuery } from "../../api/queries";
import type { PlanDocument } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { ProblemPage } from "../../components/ProblemPage";
import { documentOf, type Form, formOf, newForm, newStep } from "./document";
import { OptionFields } from "./OptionFields";
import { StepFields } from "./StepFields";
import { TargetFields } from "./TargetFields";

/** A plan without a sentence: new, or made from another plan by hand. */
export function WritePage({ plan }: { plan: string | undefined }) {
  useDocumentTitle("Write a plan · OpsConductor");
  const templates = useQuery(templatesQuery);
  const document = useQuery({ ...documentQuery(plan ?? ""), enabled: plan !== undefined });
  const failed = templates.error ?? document.error;
  if (failed) return <ProblemPage title="Write a plan" error={failed} />;
  if (!templates.data || (plan !== undefined && !document.data)) {
    return (
      <Center py={80}>
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  return <WriteForm first={document.data ? formOf(document.data) : newForm()} />;
}

function WriteForm({ first }: { first: Form }) {
  const [form, setForm] = useState(first);
  const templates = useQuery(templatesQuery).data ?? [];
  const compose = useCompose();
  const change = (part: Partial<Form>) => setForm((before) => ({ ...before, ...part }));
  const { steps } = form;
  const move = (at: number, by: 1 | -1) => {
    const moved = [...steps];
    const [step] = moved.splice(at, 1);
    if (step) moved.splice(at + by, 0, step);
    change({ steps: moved });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    compose.mutate(form);
  };
  return (
    <Stack maw="64rem" mx="auto" component="form" onSubmit={submit} aria-label="Written plan">
      <div>
        <Title order={1} size="h3">
          Write a plan
        </Title>
        <Text className="quiet" size="sm">
          No sentence is read and nothing is guessed. It passes the same checks as any other plan, and waits for the
          same approval.
        </Text>
      </div>
      <TextInput
        label="What it is for"
        value={form.description}
        maxLength={2000}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
      <TargetFields form={form} onChange={change} />
      {steps.map((step, at) => (
        <StepFields
          key={step.key}
          number={at + 1}
          last={at === steps.length - 1}
          step={step}
          templates={templates}
          onChange={(changed) => change({ steps: steps.map((one) => (one.key === step.key ? changed : one)) })}
          onMove={(by) => move(at, by)}
          onRemove={steps.length > 1 ? () => change({ steps: steps.filter((one) => one.key !== step.key) }) : undefined}
        />
      ))}
      <Group>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => change({ steps: [...steps, newStep()] })}
        >
          Add a step
        </Button>
      </Group>
      <OptionFields form={form} onChange={change} />
      {compose.isError && <ProblemAlert error={compose.error} />}
      <Group justify="flex-end">
        <Button
          type="submit"
          loading={compose.isPending}
          disabled={steps.some((step) => !step.intent)}
          rightSection={<IconArrowRight size={18} aria-hidden />}
        >
          Make a plan
        </Button>
      </Group>
    </Stack>
  );
}

function useCompose() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (form: Form) =>
      unwrap(client.POST("/api/plans", { body: { document: documentOf(form) as PlanDocument } })),
    onSuccess: (view) => {
      queries.setQueryData(["plan", view.plan.id], view);
      void queries.invalidateQueries({ queryKey: ["plans"] });
      return navigate({ to: "/plans/$planId", params: { planId: view.plan.id } });
    },
  });
}
