// SPDX-License-Identifier: Apache-2.0
import { ActionIcon, Group, Select, SimpleGrid, Stack, Text, Textarea } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";
import type { Template } from "../../api/types";
import { choices, type StepForm } from "./document";
import { ParameterField } from "./ParameterField";
import classes from "./written.module.css";

type Props = {
  number: number;
  last: boolean;
  step: StepForm;
  templates: Template[];
  onChange: (step: StepForm) => void;
  onMove: (by: 1 | -1) => void;
  onRemove: (() => void) | undefined;
};

/** One step: the template, its parameters as typed fields, and where it runs. */
export function StepFields({ number, last, step, templates, onChange, onMove, onRemove }: Props) {
  const template = templates.find((one) => one.id === step.intent);
  const set = (name: string, value: unknown) => onChange({ ...step, params: { ...step.params, [name]: value } });
  return (
    <fieldset className={classes.step}>
      <legend>Step {number}</legend>
      <Stack gap="sm">
        <Group gap="xs" align="end">
          <Select
            flex={1}
            miw="14rem"
            label="What to do"
            placeholder="Type to search"
            data={choices(templates)}
            value={step.intent}
            onChange={(intent) => onChange({ ...step, intent, params: {} })}
            searchable
            limit={60}
            nothingFoundMessage="There is no such template."
            withAsterisk
          />
          <Move label={`Move step ${number} up`} disabled={number === 1} onClick={() => onMove(-1)} up />
          <Move label={`Move step ${number} down`} disabled={last} onClick={() => onMove(1)} />
          <ActionIcon
            variant="default"
            size="lg"
            aria-label={`Remove step ${number}`}
            disabled={!onRemove}
            onClick={onRemove}
          >
            <IconTrash size={18} aria-hidden />
          </ActionIcon>
        </Group>
        {template && (
          <>
            <Text size="sm" className="quiet">
              Risk {template.risk}. {template.risk_reason} {template.undo ? "It can be undone." : template.irreversible}
            </Text>
            <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
              {Object.entries(template.parameters).map(([name, parameter]) => (
                <ParameterField
                  key={name}
                  name={name}
                  type={parameter.type}
                  description={parameter.description}
                  required={parameter.required}
                  fallback={parameter.default}
                  choices={parameter.choices}
                  value={step.params[name]}
                  onChange={(value) => set(name, value)}
                />
              ))}
            </SimpleGrid>
            <Textarea
              label="Only where"
              description="Conditions, one on each line: not service_running nginx"
              autosize
              minRows={1}
              value={step.when}
              onChange={(event) => onChange({ ...step, when: event.currentTarget.value })}
            />
          </>
        )}
      </Stack>
    </fieldset>
  );
}

function Move({ label, disabled, onClick, up }: { label: string; disabled: boolean; onClick: () => void; up?: true }) {
  return (
    <ActionIcon variant="default" size="lg" aria-label={label} disabled={disabled} onClick={onClick}>
      {up ? <IconArrowUp size={18} aria-hidden /> : <IconArrowDown size={18} aria-hidden />}
    </ActionIcon>
  );
}
