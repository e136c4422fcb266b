// SPDX-License-Identifier: Apache-2.0
import { Anchor, Button, Card, Center, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconArrowRight, IconDownload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { client, unwrap } from "../../api/client";
import { runbookQuery } from "../../api/queries";
import type { RunbookView } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { ProblemPage } from "../../components/ProblemPage";
import { ago, dateAndTime } from "../../lib/format";
import { asText } from "../written/document";
import { ParameterField } from "../written/ParameterField";
import { EditChain, meaning } from "./EditChain";
import { EditRunbook } from "./EditRunbook";
import { RemoveRunbook } from "./RemoveRunbook";

export function RunbookPage({ name }: { name: string }) {
  useDocumentTitle(`${name} · OpsConductor`);
  const runbook = useQuery(runbookQuery(name));
  if (runbook.isPending) {
    return (
      <Center py={80}>
        <Loader aria-label="Loading the runbook" />
      </Center>
    );
  }
  if (runbook.isError) return <ProblemPage title="Runbook" error={runbook.error} retry={() => runbook.refetch()} />;
  return <RunbookCard view={runbook.data} />;
}

function RunbookCard({ view }: { view: RunbookView }) {
  const { document, version } = view.runbook;
  return (
    <Stack maw="64rem" mx="auto">
      <div>
        <Title order={1} size="h3">
          {document.name}
        </Title>
        <Text className="quiet" size="sm">
          {document.description}
        </Text>
      </div>
      <UseForm key={version} view={view} />
      <Card withBorder padding="lg" component="section" aria-labelledby="steps-title">
        <Title order={2} size="h5" id="steps-title" mb="xs">
          What it does
        </Title>
        <ol style={{ margin: 0, paddingInlineStart: "1.4rem" }}>
          {document.plan.steps.map((step, at) => (
            <li key={`${at + 1} ${step.intent}`}>
              {step.intent}
              <Text span className="quiet" size="sm">
                {Object.entries(step.params).map(([param, value]) => ` · ${param} ${asText(value, "")}`)}
              </Text>
            </li>
          ))}
        </ol>
      </Card>
      <Then view={view} />
      <History view={view} />
    </Stack>
  );
}

/** Which runbooks follow a job of this one. */
function Then({ view }: { view: RunbookView }) {
  const links = view.runbook.document.then;
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="then-title">
      <Group justify="space-between" align="start">
        <Title order={2} size="h5" id="then-title">
          What follows
        </Title>
        <EditChain key={view.runbook.version} view={view} />
      </Group>
      {links.length === 0 && (
        <Text size="sm" className="quiet">
          Nothing. Other runbooks can follow a job of this one, on success or on failure.
        </Text>
      )}
      <ul style={{ margin: "0.5rem 0 0", paddingInlineStart: "1.2rem" }}>
        {links.map((link) => (
          <li key={`${link.on} ${link.runbook} ${JSON.stringify(link.params)}`}>
            On {link.on}:{" "}
            <Anchor component={Link} to={`/runbooks/${encodeURIComponent(link.runbook)}`} underline="always">
              {link.runbook}
            </Anchor>
            <Text span className="quiet" size="sm">
              {Object.entries(link.params).map(([param, value]) => ` · ${param} ${String(value)}`)}
              {link.approval && " · approved each time"}
            </Text>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function UseForm({ view }: { view: RunbookView }) {
  const { name } = view.runbook.document;
  const [values, setValues] = useState<Record<string, unknown>>({});
  const use = useRunbook(name);
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
  const lacking = view.inputs.filter((input) => input.required && !(input.name in given));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    use.mutate(given);
  };
  return (
    <Card withBorder padding="lg" component="form" onSubmit={submit} aria-label="Use the runbook">
      <Stack gap="sm">
        {view.inputs.length === 0 && <Text size="sm">It has no parameters.</Text>}
        {view.inputs.map((input) => (
          <ParameterField
            key={input.name}
            name={input.name}
            type={input.type}
            description={input.type === "targets" ? meaning(input.description, input.accepts) : input.description}
            required={input.required}
            fallback={input.type === "targets" ? targets(input.default) : input.default}
            choices={input.choices}
            value={values[input.name]}
            onChange={(value) => setValues({ ...values, [input.name]: value })}
          />
        ))}
        {use.isError && <ProblemAlert error={use.error} />}
        <Group justify="space-between">
          <Text size="sm" className="quiet">
            {lacking.length > 0
              ? `Still to be given: ${lacking.map((input) => input.name).join(", ")}`
              : "Nothing runs before you approve the plan."}
          </Text>
          <Button
            type="submit"
            loading={use.isPending}
            disabled={lacking.length > 0}
            rightSection={<IconArrowRight size={18} aria-hidden />}
          >
            Make a plan
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

function History({ view }: { view: RunbookView }) {
  const { document, version } = view.runbook;
  const file = `/api/runbooks/${encodeURIComponent(document.name)}/file`;
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="versions-title">
      <Group justify="space-between" align="start">
        <Title order={2} size="h5" id="versions-title">
          Versions
        </Title>
        <Group gap="xs">
          <Button
            component="a"
            href={file}
            download={`${document.name}.yml`}
            variant="default"
            size="compact-sm"
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            Export
          </Button>
          <EditRunbook name={document.name} version={version} />
          <RemoveRunbook name={document.name} />
        </Group>
      </Group>
      <ul style={{ margin: "0.5rem 0 0", paddingInlineStart: "1.2rem" }}>
        {view.versions.map((one) => (
          <li key={one.version}>
            <Text size="sm" title={dateAndTime(one.created_at)}>
              Version {one.version}
              {one.removed ? ", removed" : ""}, {ago(one.created_at)} by {one.actor}
            </Text>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** The default of a parameter that is the targets, in words. */
function targets(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  return Object.values(value).flat().map(String).join(", ");
}

function useRunbook(name: string) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (params: Record<string, unknown>) =>
      unwrap(client.POST("/api/runbooks/{name}/plans", { params: { path: { name } }, body: { params } })),
    onSuccess: (view) => {
      queries.setQueryData(["plan", view.plan.id], view);
      void queries.invalidateQueries({ queryKey: ["plans"] });
      return navigate({ to: "/plans/$planId", params: { planId: view.plan.id } });
    },
  });
}
