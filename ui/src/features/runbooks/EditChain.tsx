// SPDX-License-Identifier: Apache-2.0
import { ActionIcon, Button, Checkbox, Fieldset, Group, Select, Stack, Text } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, unwrap } from "../../api/client";
import { runbookQuery, runbooksQuery } from "../../api/queries";
import type { RunbookView } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { ProblemAlert } from "../../components/ProblemAlert";
import { ParameterField } from "../written/ParameterField";

type Link = RunbookView["runbook"]["document"]["then"][number];
/** A link with a key that stays while others are taken out. */
type Row = Link & { key: string };

const row = (link: Link): Row => ({ ...link, key: crypto.randomUUID() });

/** Which runbooks follow a job of this one; saving makes the next version. */
export function EditChain({ view }: { view: RunbookView }) {
  const { name, then } = view.runbook.document;
  const [rows, setRows] = useState<Row[] | null>(null);
  const others = useQuery({ ...runbooksQuery, enabled: rows !== null });
  const names = (others.data?.items ?? []).map((runbook) => runbook.document.name).filter((other) => other !== name);
  const save = useSave(view, () => setRows(null));
  const change = (key: string, values: Partial<Link>) =>
    setRows((before) => (before ?? []).map((one) => (one.key === key ? { ...one, ...values } : one)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate((rows ?? []).map(({ key: _, ...link }) => link));
  };
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        onClick={() => {
          save.reset();
          setRows(then.map(row));
        }}
      >
        Change what follows
      </Button>
      <Dialog opened={rows !== null} onClose={() => setRows(null)} title={`What follows ${name}`} size="lg">
        <Stack component="form" onSubmit={submit} aria-label="Chain">
          <Text size="sm" className="quiet">
            Each gets a plan of its own when a job of this runbook has ended. It starts by a standing approval, or waits
            for its approval.
          </Text>
          {others.isSuccess && names.length === 0 && (
            <Text size="sm">There is no other runbook. Save a plan as one first.</Text>
          )}
          {rows?.map((one, at) => (
            <LinkFields
              key={one.key}
              number={at + 1}
              link={one}
              names={names}
              onChange={(values) => change(one.key, values)}
              onRemove={() => setRows(rows.filter((other) => other.key !== one.key))}
            />
          ))}
          <Group>
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<IconPlus size={16} aria-hidden />}
              disabled={names.length === 0}
              onClick={() =>
                setRows([...(rows ?? []), row({ runbook: "", on: "success", approval: false, params: {} })])
              }
            >
              Add a runbook
            </Button>
          </Group>
          {save.isError && <ProblemAlert error={save.error} />}
          <Group justify="space-between">
            <Text size="sm" className="quiet">
              Counts from the next job on, those of schedules too.
            </Text>
            <Button type="submit" loading={save.isPending} disabled={rows?.some((one) => !one.runbook) ?? true}>
              Save
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}

type FieldsProps = {
  number: number;
  link: Link;
  names: string[];
  onChange: (values: Partial<Link>) => void;
  onRemove: () => void;
};

function LinkFields({ number, link, names, onChange, onRemove }: FieldsProps) {
  return (
    <Fieldset legend={`Runbook ${number}`}>
      <Stack gap="sm">
        <Group align="end" wrap="nowrap">
          <Select
            label="Runbook"
            flex={2}
            searchable
            allowDeselect={false}
            withAsterisk
            data={names}
            value={link.runbook || null}
            onChange={(value) => onChange({ runbook: value ?? "", params: {} })}
          />
          <Select
            label="After a job that"
            flex={1}
            allowDeselect={false}
            data={[
              { value: "success", label: "succeeded" },
              { value: "failure", label: "failed" },
            ]}
            value={link.on}
            onChange={(value) => onChange({ on: value === "failure" ? "failure" : "success" })}
          />
          <ActionIcon variant="default" size="lg" aria-label={`Take out runbook ${number}`} onClick={onRemove}>
            <IconX size={18} aria-hidden />
          </ActionIcon>
        </Group>
        <Checkbox
          label="Somebody approves it each time"
          checked={link.approval}
          onChange={(event) => onChange({ approval: event.currentTarget.checked })}
        />
        {link.runbook && <Params link={link} onChange={(params) => onChange({ params })} />}
      </Stack>
    </Fieldset>
  );
}

function Params({ link, onChange }: { link: Link; onChange: (params: Link["params"]) => void }) {
  const follower = useQuery(runbookQuery(link.runbook));
  return follower.data?.inputs.map((input) => (
    <ParameterField
      key={input.name}
      name={input.name}
      type={input.type}
      description={input.type === "targets" ? meaning(input.description, input.accepts) : input.description}
      required={input.required}
      fallback={input.default}
      choices={input.choices}
      value={link.params[input.name]}
      onChange={(value) => {
        const { [input.name]: _, ...rest } = link.params;
        onChange(value === "" ? rest : { ...rest, [input.name]: value });
      }}
    />
  ));
}

/** "On which machines: names of groups …", or the second alone. */
export const meaning = (description: string, accepts: string) => [description, accepts].filter(Boolean).join(": ");

function useSave({ runbook }: RunbookView, onDone: () => void) {
  const { document, version } = runbook;
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (then: Link[]) =>
      unwrap(
        client.PUT("/api/runbooks/{name}", {
          params: { path: { name: document.name }, query: { based_on: version } },
          body: { ...document, then },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["runbook", document.name] });
      void queries.invalidateQueries({ queryKey: ["runbooks"] });
      onDone();
    },
  });
}
