// SPDX-License-Identifier: Apache-2.0
import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, unwrap } from "../../api/client";
import { templatesQuery } from "../../api/queries";
import type { PlanView } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { count } from "../../lib/format";
import { type Answer, QuestionField } from "./QuestionField";

/** What only the operator can say, asked all at once; the answers make the next version of the plan. */
export function Questions({ view }: { view: PlanView }) {
  const { plan } = view;
  const [answers, setAnswers] = useState<Record<string, Answer>>({});
  const templates = useQuery(templatesQuery);
  const send = useAnswer(plan.id);
  const navigate = useNavigate();
  const given = Object.entries(answers).filter(([, answer]) => answer !== "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate(Object.fromEntries(given));
  };
  const parameter = (step: number | null | undefined, name: string | null | undefined) => {
    const intent = step ? plan.steps[step - 1]?.intent : undefined;
    return name ? templates.data?.find((template) => template.id === intent)?.parameters[name] : undefined;
  };
  return (
    <Card withBorder padding="lg" component="form" onSubmit={submit} aria-labelledby="questions-title">
      <Stack gap="lg">
        <div>
          <Title order={2} size="h4" id="questions-title">
            {count(plan.questions.length, "question")} before this can be planned
          </Title>
          <Text size="sm" className="quiet">
            Nothing is guessed: what the request does not say is asked.
          </Text>
        </div>
        {plan.questions.map((question) => (
          <QuestionField
            key={question.id}
            question={question}
            parameter={parameter(question.step, question.param)}
            answer={answers[question.id] ?? ""}
            onAnswer={(answer) => setAnswers({ ...answers, [question.id]: answer })}
          />
        ))}
        {send.isError && <ProblemAlert error={send.error} />}
        <Group justify="flex-end">
          <Text size="sm" className="quiet" aria-live="polite">
            {given.length} of {plan.questions.length} answered
          </Text>
          {plan.questions.some((question) => question.id === "request") && (
            <Button variant="default" onClick={() => void navigate({ to: "/", search: { text: plan.text } })}>
              Say it in other words
            </Button>
          )}
          {!plan.questions.some((question) => question.id === "request" && question.choices.length === 0) && (
            <Button type="submit" loading={send.isPending} disabled={given.length === 0}>
              Continue
            </Button>
          )}
        </Group>
      </Stack>
    </Card>
  );
}

function useAnswer(planId: string) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (answers: Record<string, Answer>) =>
      unwrap(client.POST("/api/plans/{plan_id}/answers", { params: { path: { plan_id: planId } }, body: { answers } })),
    onSuccess: (view) => {
      queries.setQueryData(["plan", view.plan.id], view);
      void queries.invalidateQueries({ queryKey: ["plans"] });
      return navigate({ to: "/plans/$planId", params: { planId: view.plan.id }, replace: true });
    },
  });
}
