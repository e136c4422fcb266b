// SPDX-License-Identifier: Apache-2.0
import { Checkbox, Group, SimpleGrid, TextInput } from "@mantine/core";
import { type Form, NUMBERS, SWITCHES } from "./document";
import classes from "./written.module.css";

const LABELS: Record<(typeof NUMBERS)[number] | (typeof SWITCHES)[number], [string, string]> = {
  batch: ["At a time", "A number of targets or a percentage"],
  max_fail: ["Stop when more fail", "A number of targets or a percentage"],
  canary: ["Try first", "A number of targets"],
  pause: ["Pause between batches", "Seconds"],
  verify_timeout: ["Wait for checks", "Seconds"],
  job_timeout: ["End the job after", "Seconds, waits included"],
  target_timeout: ["End a target after", "Seconds of its tasks"],
  rollback: ["Roll a target back that fails", ""],
  dry_run: ["Dry run: change nothing", ""],
  log: ["Keep a log", ""],
};

/** How the whole plan runs. */
export function OptionFields({ form, onChange }: { form: Form; onChange: (change: Partial<Form>) => void }) {
  const set = (name: string, value: string | boolean) => onChange({ options: { ...form.options, [name]: value } });
  return (
    <fieldset className={classes.step}>
      <legend>How it runs</legend>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm" verticalSpacing="sm">
        {NUMBERS.map((name) => (
          <TextInput
            key={name}
            label={LABELS[name][0]}
            description={LABELS[name][1]}
            value={String(form.options[name] ?? "")}
            onChange={(event) => set(name, event.currentTarget.value)}
          />
        ))}
      </SimpleGrid>
      <Group mt="md" gap="lg">
        {SWITCHES.map((name) => (
          <Checkbox
            key={name}
            label={LABELS[name][0]}
            checked={form.options[name] === true}
            onChange={(event) => set(name, event.currentTarget.checked)}
          />
        ))}
        <Checkbox
          label="It only asks"
          checked={form.query}
          onChange={(event) => onChange({ query: event.currentTarget.checked })}
        />
      </Group>
    </fieldset>
  );
}
