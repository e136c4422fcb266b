// SPDX-License-Identifier: Apache-2.0
import { NativeSelect } from "@mantine/core";
import type { Priority } from "../../api/types";

/** Who comes first when jobs have to wait. */
export function PriorityField({ value, onChange }: { value: Priority; onChange: (value: Priority) => void }) {
  return (
    <NativeSelect
      aria-label="Priority"
      title="Who comes first when jobs have to wait"
      data={[
        { value: "high", label: "High priority" },
        { value: "normal", label: "Normal priority" },
        { value: "low", label: "Low priority" },
      ]}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as Priority)}
    />
  );
}
