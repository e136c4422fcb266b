// SPDX-License-Identifier: Apache-2.0
import { Checkbox, Select, SimpleGrid, TagsInput, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { assetNamesQuery, groupNamesQuery } from "../../api/queries";
import type { Form } from "./document";
import classes from "./written.module.css";

/** On which machines; names are the asset database's own. */
export function TargetFields({ form, onChange }: { form: Form; onChange: (change: Partial<Form>) => void }) {
  const groups = useQuery(groupNamesQuery).data ?? [];
  const hosts = useQuery(assetNamesQuery).data ?? [];
  const either = [...new Set([...groups, ...hosts])];
  const kept = Object.entries(form.rest.targets).filter(([name]) => name !== "count_from");
  return (
    <fieldset className={classes.step}>
      <legend>On which machines</legend>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
        <TagsInput
          label="Groups"
          data={groups}
          limit={20}
          value={form.groups}
          disabled={form.everything}
          onChange={(value) => onChange({ groups: value })}
        />
        <TagsInput
          label="Machines"
          data={hosts}
          limit={20}
          value={form.hosts}
          disabled={form.everything}
          onChange={(value) => onChange({ hosts: value })}
        />
        <TagsInput
          label="Except"
          data={either}
          limit={20}
          value={form.exclude}
          onChange={(value) => onChange({ exclude: value })}
        />
        <Select
          label="Platform"
          placeholder="Any"
          data={[
            { value: "linux", label: "Linux" },
            { value: "windows", label: "Windows" },
          ]}
          value={form.platform || null}
          onChange={(value) => onChange({ platform: value ?? "" })}
          clearable
        />
      </SimpleGrid>
      <Checkbox
        mt="sm"
        label="All machines there are"
        checked={form.everything}
        onChange={(event) =>
          onChange({ everything: event.currentTarget.checked, ...(event.currentTarget.checked && NOWHERE) })
        }
      />
      {kept.length > 0 && (
        <Text size="sm" className="quiet" mt="xs">
          Kept from the plan: {kept.map(([name, value]) => `${name} ${value}`).join(", ")}
        </Text>
      )}
    </fieldset>
  );
}

const NOWHERE = { groups: [] as string[], hosts: [] as string[] };
